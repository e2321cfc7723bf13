import { smtpShare } from "../budget.ts";
import { perSecond, picture, round, type Section } from "../report.ts";
import * as Ratio from "../smtp/ratio.ts";
import { table } from "../table.ts";

const distances = [
  { label: "a server 20 ms away, the store 5 ms", reply_ms: 20, store_ms: 5 },
  { label: "both at once: the processor alone", reply_ms: 0, store_ms: 0 },
] as const;

const title = "Dispatch over SMTP beside nodemailer's pool";

/** Dispatch to an SMTP server beside nodemailer's own pool. */
export const smtp: Section = async ({ rounds, smtp: mails }) => {
  const found = [];
  for (const distance of distances) found.push({ ...distance, ...(await Ratio.measure(distance, rounds, mails)) });
  const rows = found.map(({ label, dispatch, bare, of }) => [
    label,
    perSecond(dispatch),
    perSecond(bare),
    round(of, 2),
    of >= smtpShare ? "met" : `short by ${round(smtpShare - of, 2)}`,
  ]);
  const text = [
    "## Dispatch over SMTP",
    `The same mails over ${Ratio.connections} connections to the same server, a process of its own: dispatch (read, compose, check,`,
    "claim, hand over, write what became of it) and nodemailer's pool given the same mail, both from the first connection",
    `on. Median of ${rounds} alternating rounds of ${mails} mails; the store of dispatch is in memory and answers after the time`,
    `given, since the embedded one would take the core that is measured. Goal: ${smtpShare} of the pool's rate.`,
    "",
    table(["where", "dispatch, mails/s", "pool", "share", ""], rows),
    "",
    picture("smtp", title),
  ].join("\n");
  const bars = found.map(({ label, of }) => ({
    label: label.split(":")[0] ?? label,
    segments: [{ name: "share", value: of }],
    mark: smtpShare,
  }));
  return { text, plots: { smtp: { title, unit: "share of its rate; the line is the goal", bars } } };
};
