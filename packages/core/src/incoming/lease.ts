import { isBusy } from "../configuration/commit.ts";
import { due } from "../email/due.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Update } from "../ports/store.ts";
import { retry } from "../retry.ts";
import type { Named } from "./message.ts";
import { fromItem, type IncomingRecord, type PollError, type State } from "./record.ts";
import { waitAfter } from "./wait.ts";

type Needs = Pick<Ports, "store" | "clock" | "random">;

/** The right to poll a server: nobody else does meanwhile. */
export interface Lease {
  readonly record: IncomingRecord;
  readonly token: string;
}

/** The server was changed, deleted, or taken over meanwhile: whoever has it now goes on. */
export class Lost extends Error {
  override readonly name = "Lost";
}

/** Longer than a session lasts and one mail takes; each mail that is done begins it anew. In ms. */
const holds = 240_000;

/** Takes a server that is active and that nobody has; undefined where there is none such. */
export async function take(ports: Needs, { database, server }: Named): Promise<Lease | undefined> {
  const now = ports.clock.now();
  const token = Buffer.from(ports.random.bytes(12)).toString("hex");
  const update: Update = {
    update: keys.incomingServer(database, server),
    set: { lease: token, lease_until: now + holds },
    add: { begun: 1 },
    if: "#active = :true AND (attribute_not_exists(#lease_until) OR #lease_until <= :now)",
    values: { true: true, now },
  };
  try {
    const item = await retry(ports, isBusy, () => ports.store.write(update));
    return item && { record: fromItem(item), token };
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}

/** Notes how far a poll has come. @throws Lost */
export const save = (ports: Needs, lease: Lease, state: Partial<State>): Promise<void> =>
  write(ports, lease, { set: { ...state, lease_until: ports.clock.now() + holds } });

/**
 * Gives a server back, with what came of its poll, and says when it is looked into next. What went wrong after mail
 * has come in is told, and is no failure.
 * @param stopped whether the poll ended at a mail: it may be the mail's fault.
 * @throws Lost
 */
export async function finish(
  ports: Needs,
  lease: Lease,
  { error, failed, stopped }: { error?: PollError; failed: boolean; stopped: boolean },
): Promise<void> {
  const { record } = lease;
  const now = ports.clock.now();
  const at = new Date(now).toISOString();
  const failures = failed ? record.failures + 1 : 0;
  const noted: Partial<State> = {
    last_polled_at: at,
    last_error: error ?? null,
    failures,
    failing_since: failed ? (record.failing_since ?? at) : null,
    ...(!stopped && { begun: 0 }),
  };
  const next = due(record.id, now + waitAfter(record.poll_minutes, failures, error) * 60_000);
  await write(ports, lease, { set: { ...noted, ...next }, remove: ["lease", "lease_until"] });
}

/** Gives a server back as it was found. @throws Lost */
export const release = (ports: Needs, lease: Lease): Promise<void> =>
  write(ports, lease, { set: { begun: lease.record.begun - 1 }, remove: ["lease", "lease_until"] });

async function write(
  ports: Needs,
  { record, token }: Lease,
  change: { set: Record<string, unknown>; remove?: string[] },
): Promise<void> {
  const key = keys.incomingServer(record.database, record.id);
  const update = { update: key, ...change, if: "#lease = :token", values: { token } };
  try {
    await retry(ports, isBusy, () => ports.store.write(update));
  } catch (error) {
    if (error instanceof ConditionFailed) throw new Lost("the server is not ours any more", { cause: error });
    throw error;
  }
}
