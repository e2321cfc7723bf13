import { perSecond, picture, type Section, times } from "../report.ts";
import { table } from "../table.ts";
import * as Wire from "../wire/measure.ts";

const ways = [
  ["SES", 1],
  ["SES", Wire.batch],
  ["SMTP", 1],
  ["SMTP", Wire.batch],
] as const;

const title = "Accepted and on the wire";

/** From the request to the hand-over, beside the same calls made bare. */
export const wire: Section = async ({ wire: { rounds, mails }, singles }) => {
  const found: Wire.Wire[] = [];
  for (const [carrier, size] of ways) found.push(await Wire.measure(carrier, size, { rounds, mails, singles }));
  const name = ({ carrier, size }: Wire.Wire) => `${carrier}, ${size === 1 ? "one by one" : `batches of ${size}`}`;
  const ms = ({ p50, p95, p99 }: Wire.Wire["loaded"]) => [p50, p95, p99].map(Math.round);
  const rates = found.map((way) => [name(way), perSecond(way.rate), perSecond(way.bare), times(way.over)]);
  const waits = found.map((way) => [name(way), ...ms(way.alone), ...ms(way.loaded)]);
  const text = [
    "## On the wire",
    "POST /v1/emails (or …/batch) → SQS → dispatch → the embedded SES, or an SMTP server in this process; feedback",
    `included. Median of ${rounds} alternating rounds of ${mails} mails. Bare: the AWS calls of accepting and dispatching,`,
    "recorded and made again by the SDK's own clients, and nodemailer's pool for SMTP; no queue read, no event taken in.",
    "",
    table(["way", "mails/s", "bare", "time of a mail over bare"], rates),
    "",
    `ms from the request to the hand-over of each mail: alone (${singles} requests one after another, ${Math.ceil(singles / 10)} of batches), and under that load,`,
    "where all requests come at once and most of the time is waiting for one's turn.",
    "",
    table(["way", "alone p50", "p95", "p99", "loaded p50", "p95", "p99"], waits),
    "",
    picture("wire", title),
  ].join("\n");
  const bars = found.flatMap((way) => [
    { label: name(way), segments: [{ name: "Posthouse", value: way.rate }] },
    { label: "bare", segments: [{ name: "the same calls, bare", value: way.bare }] },
  ]);
  return { text, plots: { wire: { title, unit: "mails a second", bars } } };
};
