import type { Section } from "../report.ts";
import { table } from "../table.ts";
import * as Told from "../told.ts";

/** From the request until a bounce is known. */
export const told: Section = async ({ singles }) => {
  const { shown, received } = await Told.measure(singles);
  const row = (what: string, { p50, p95, p99 }: typeof shown) => [what, ...[p50, p95, p99].map(Math.round)];
  const text = [
    "## Told of a bounce",
    `ms from POST /v1/emails to the mailbox simulator's bounce@ until it is known: ${singles} mails one after another, through the`,
    "program as `npm start` starts it: SES, its event by SNS and SQS, the functions, and a webhook, whose signature is verified.",
    "",
    table(
      ["until", "p50", "p95", "p99"],
      [row("GET /v1/emails/{id} says bounced", shown), row("a webhook's receiver has email.bounced", received)],
    ),
  ].join("\n");
  return { text };
};
