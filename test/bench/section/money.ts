import { countAll } from "../cost.ts";
import * as Money from "../money.ts";
import { asOf, assumed } from "../prices.ts";
import { picture, round, type Section } from "../report.ts";
import { table, verdict } from "../table.ts";
import { weigh } from "../weight.ts";

const title = "A million mails beside SES's $100";

const bills = (["on demand", "provisioned"] as const).flatMap((billing) =>
  (["one by one", "in batches"] as const).map((way) => ({ billing, way })),
);

/** What a million mails cost on AWS, from counted units. */
export const money: Section = async () => {
  const [costs, bytes] = [await countAll(), await weigh()];
  const found = bills.map((which) => {
    const bill = Money.bill(costs, bytes, which.way, which.billing);
    const total = Money.items.reduce((sum, item) => sum + bill[item], 0);
    const kept = Money.kept.reduce((sum, item) => sum + bill[item], 0);
    return { ...which, bill, total, moved: total - kept, budget: Money.budget[which.billing][which.way] };
  });
  const dollars = (value: number): string => value.toFixed(2);
  const rows = [
    ...Money.items.map((item) => [item, ...found.map(({ bill }) => dollars(bill[item]))]),
    ["together, $ or %", ...found.map(({ total }) => dollars(total))],
    ["without what is kept", ...found.map(({ moved }) => dollars(moved))],
    ["budget of that, %", ...found.map(({ moved, budget }) => `${budget}: ${verdict(round(moved, 1), budget)}`)],
  ];
  const text = [
    "## Money",
    `Dollars for a million mails of one recipient and a body of 3 KB, beside SES's own $100 (${asOf}; prices and all that is`,
    "assumed in `test/bench/prices.ts`). Units, requests and bytes are counted; the time functions are paid for is computed",
    `from their calls. Provisioned capacity is used to ${assumed.utilisation * 100} %. Bodies are kept ${assumed.bodyDays} days, heads ${assumed.headDays}. Webhooks are not built.`,
    `What is kept (${Money.kept.join(", ")}) has lines of its own beside the budget: the operator decides how long.`,
    "",
    table(["$", ...bills.map(({ billing, way }) => `${billing}, ${way}`)], rows),
    "",
    picture("money", title),
  ].join("\n");
  const bars = found.map(({ billing, way, bill, budget }) => ({
    label: `${billing}, ${way}`,
    // What the budget holds first, so that its line says something
    segments: Money.items
      .toSorted((a, b) => Number(Money.kept.includes(a)) - Number(Money.kept.includes(b)))
      .map((item) => ({ name: item, value: bill[item] })),
    mark: budget,
  }));
  return { text, plots: { money: { title, unit: "$; the line is the budget", bars } } };
};
