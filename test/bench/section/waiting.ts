import type { Cost } from "../cost.ts";
import { round, type Section } from "../report.ts";
import { table } from "../table.ts";
import { waiting as count, countWaiting } from "../waiting.ts";

/** What a mail costs that has to wait for a limit. */
export const waiting: Section = async () => {
  const { joins, look, released, held, heldReleased } = await countWaiting();
  const row = (what: string, { calls, reads, writes }: Cost) => [
    what,
    round(reads, 2),
    round(
      Object.values(writes).reduce((sum, units) => sum + units, 0),
      2,
    ),
    round(calls["DynamoDB TransactWriteItems"] ?? 0, 2),
    round(
      Object.values(calls).reduce((sum, calls) => sum + calls, 0),
      2,
    ),
  ];
  const rows = [
    row("over a server's limit: joins its line", joins),
    row("released from it and enqueued", released),
    row("over the daily limit: accepted and held", held),
    row("released from there and enqueued", heldReleased),
    row("a tick while they wait, all together", look),
  ];
  const text = [
    "## Waiting for a limit",
    `A mail is touched when it joins a line and when it is released, and never between. A mail's share of ${count}; exact.`,
    "",
    table(["step", "read units", "write units", "transactions", "calls"], rows),
  ].join("\n");
  return { text };
};
