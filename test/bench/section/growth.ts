import * as Growth from "../growth/measure.ts";
import { picture, round, type Section } from "../report.ts";
import { table } from "../table.ts";

const title = "A mail among many stored";

/** What a mail costs while the table grows. */
export const growth: Section = async ({ stored, singles }) => {
  const found = await Growth.measure(stored, singles);
  const count = (value: number) => value.toLocaleString("en");
  const rows = Growth.steps.map((step) => [
    step,
    ...found.flatMap(({ of }) => [of[step].units, round(of[step].ms, 1)]),
  ]);
  const text = [
    "## Growth",
    "The same steps for one database with so many mails stored, over 28 days: capacity units (exact) and ms (median of",
    `${singles}, one after another). Stored are heads with all their index rows, written straight into the embedded DynamoDB's`,
    "files; bodies and provider ids are left out, which are only ever read by their own key.",
    "",
    table(["step", ...found.flatMap(({ stored }) => [`${count(stored)}: units`, "ms"])], rows),
    "",
    picture("growth", title),
  ].join("\n");
  const bars = Growth.steps.flatMap((step) =>
    found.map(({ stored, of }) => ({
      label: `${step}, ${count(stored)}`,
      segments: [{ name: count(stored), value: of[step].ms }],
    })),
  );
  return { text, plots: { growth: { title, unit: "ms", bars } } };
};
