import * as Outcome from "../dispatch/outcome.ts";
import type { Head, Recipient } from "../email/head.ts";
import { longest } from "../email/hold.ts";
import { recipientsOf } from "../email/list.ts";
import { make } from "../id.ts";
import * as keys from "../keys.ts";
import type { Place } from "../line/line.ts";
import type { LineName } from "../line/name.ts";
import { standing } from "../line/place.ts";
import type { Ports } from "../ports/main.ts";

/** Looked at, at a time. */
const width = 100;

/**
 * Fails mail that has stood in a line for 30 days, and says so: nothing waits for ever (R-LIM-4, R-FAIL-6). Places are in the
 * order mail was accepted in, so only those that old are read; of them, mail that was scheduled may have joined later.
 * @param deadline ms: then the rest is left to the next look.
 */
export async function expire(ports: Ports, db: string, line: LineName, words: string, deadline: number): Promise<void> {
  const now = ports.clock.now();
  const oldest = make("email", { clock: { ...ports.clock, now: () => now - longest }, random: zeros });
  for (const kind of ["transactional", "mass"] as const) {
    const { pk, sk } = keys.linePlace(db, line, kind, "");
    const below = keys.linePlace(db, line, kind, oldest).sk;
    const query = { pk, prefix: sk, below, limit: width, consistent: true };
    let cursor: string | undefined;
    do {
      const page = await ports.store.query({ ...query, ...(cursor !== undefined && { cursor }) });
      for (const { head } of await standing(ports, db, line, page.items as unknown as Place[]))
        if (Date.parse(head.give_up_at) <= now) await fail(ports, head, words);
      cursor = page.cursor;
    } while (cursor !== undefined && ports.clock.now() < deadline);
  }
}

async function fail(ports: Ports, head: Head, words: string): Promise<void> {
  await Outcome.fail(ports, { head, recipients: await waitingOf(ports, head) }, "daily_limit", words);
}

const waitingOf = async ({ store }: Ports, head: Head): Promise<Recipient[]> =>
  head.recipients > 1 ? (await recipientsOf(store, head)).filter(({ state }) => !state) : [];

const zeros = { bytes: (n: number) => new Uint8Array(n) };
