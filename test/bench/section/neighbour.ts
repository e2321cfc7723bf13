import { neighbourRatio } from "../budget.ts";
import * as Neighbour from "../neighbour/measure.ts";
import { picture, round, type Section, times } from "../report.ts";
import { table, verdict } from "../table.ts";

/** Recipients a second that SES allows a new production account. */
const rate = 14;

const title = "A quiet database beside a campaign";

/** What one database's campaign does to another's mail. */
export const neighbour: Section = async ({ mass, quiet }) => {
  const found = [await Neighbour.measure(rate, { mass, quiet })];
  // Without a rate they are sent as they come: a quarter lasts as long
  found.push(await Neighbour.measure(null, { mass: mass / 4, quiet }));
  const name = ({ rate }: Neighbour.Neighbour) => (rate === null ? "no rate" : `${rate} a second`);
  const rows = found.flatMap((one) => {
    const over = one.busy.p99 / one.idle.p99;
    const { p50, p95, p99 } = one.busy;
    return [
      [name(one), "idle", "", one.idle.p50, one.idle.p95, one.idle.p99, ""],
      [
        name(one),
        "beside the campaign",
        one.waiting.join(" → "),
        p50,
        p95,
        p99,
        `${times(over)}, ${verdict(round(over, 2), neighbourRatio)}`,
      ],
    ];
  });
  const text = [
    "## Noisy neighbour",
    "The whole product in one process, its services with it. One database sends a transactional mail a second, first with",
    `nothing else going on, then while another has a campaign under way: ms from the request to the hand-over of ${quiet}`,
    `mails each. With the rate SES gives a new production account, and with none. Goal: p99 at most ${neighbourRatio} × idle.`,
    "",
    table(["SES takes", "", "mass mails waiting", "p50", "p95", "p99", ""], rows),
    "",
    picture("neighbour", title),
  ].join("\n");
  const bars = found.flatMap((one) =>
    (["idle", "busy"] as const).flatMap((when) =>
      (["p50", "p99"] as const).map((p) => ({
        label: `${name(one)}, ${when}, ${p}`,
        segments: [{ name: when, value: one[when][p] }],
        ...(when === "busy" && p === "p99" && { mark: one.idle.p99 * neighbourRatio }),
      })),
    ),
  );
  return { text, plots: { neighbour: { title, unit: "ms; the line is twice the idle p99", bars } } };
};
