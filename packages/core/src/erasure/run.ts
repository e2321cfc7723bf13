import { isBusy } from "../configuration/commit.ts";
import { read } from "../database/version.ts";
import { due } from "../email/due.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Update } from "../ports/store.ts";
import { retry } from "../retry.ts";
import * as Mail from "./mail.ts";
import * as Needle from "./needle.ts";
import * as Other from "./other.ts";
import { person } from "./person.ts";
import { type ErasureRecord, fromItem } from "./record.ts";
import type { Stage, Step } from "./stage.ts";
import { threads } from "./thread.ts";

/** What is gone through, in this order: what leads to mail goes behind it. */
const stages: readonly Stage[] = [
  Mail.batches,
  Mail.emails,
  Mail.bodies,
  Mail.objects,
  Other.received,
  threads,
  person,
  Other.deliveries,
  Other.records,
  Other.lists,
];

/** Whoever works on an erasure has it for so long, in ms; the tick goes on with what was left by then. */
const lease = 60_000;
/** Mail that is being handed over is come to again after so long, in ms. */
const busyMs = 60_000;

/** Whose address an erasure's is: sealed for it alone. */
export const owner = (database: Id<"database">, id: Id<"erasure">) => ({ database, record: id });

/**
 * Goes on with an erasure until it is through or the time is up. Each step is noted by a conditional write, so that of
 * two who work on it one goes on, and a crash costs one step, which may be repeated. Through once, it is `done`; and is
 * gone through once more a little later, for what was being written meanwhile. Then nobody can say any more whose it was.
 * @param deadline ms @returns it as it then is; undefined where there is none.
 */
export async function run(ports: Ports, db: string, id: string, deadline: number): Promise<ErasureRecord | undefined> {
  const item = await ports.store.get(keys.erasure(db, id), { consistent: true });
  let record = item && fromItem(item);
  if (record?.sealed === undefined) return record;
  const version = await read(ports.store, db);
  if (version.status === "deleting") return record;
  const needle = Needle.create(await ports.vault.open(record.sealed, owner(record.database, record.id)));
  const before = Date.parse(record.created_at);
  const { passes } = record;
  while (record.passes === passes && ports.clock.now() < deadline) {
    const stage = stages[record.stage];
    const step = stage
      ? await stage(ports, { version, needle, cursor: record.cursor, before, record })
      : { next: undefined };
    const saved: ErasureRecord | undefined = await save(
      ports,
      record,
      stage ? after(record, step) : through(ports, record),
    );
    if (!saved) return record;
    record = saved;
  }
  return record;
}

/** What changes; undefined is removed. `due` in ms, null = no more, absent = when the lease is over. */
type Changes = { readonly [Name in keyof ErasureRecord]?: ErasureRecord[Name] | undefined } & {
  readonly due?: number | null;
};

function after(record: ErasureRecord, { removed = {}, kept, waiting = 0, next }: Step): Changes {
  return {
    removed: Mail.add(record.removed, removed),
    ...(kept && { kept }),
    // The first stage begins to count anew
    waiting: record.stage === 0 ? 0 : record.waiting + waiting,
    ...(next === undefined ? { stage: record.stage + 1, cursor: undefined } : { cursor: next }),
  };
}

/** A pass has ended. */
function through({ clock, operator }: Pick<Ports, "clock" | "operator">, record: ErasureRecord): Changes {
  const now = clock.now();
  const at = new Date(now).toISOString();
  const again = { stage: 0, cursor: undefined };
  if (record.waiting > 0) return { ...again, passes: record.passes + 1, due: now + busyMs };
  const ended = { status: "done", completed_at: record.completed_at ?? at, passes: record.passes + 1 } as const;
  if (record.completed_at === null) return { ...again, ...ended, due: now + operator.waits.recovery * 1000 };
  return { ...ended, swept_at: at, sealed: undefined, due: null };
}

/** @returns undefined where somebody else goes on with it. */
async function save(ports: Ports, record: ErasureRecord, changes: Changes): Promise<ErasureRecord | undefined> {
  const { due: at = ports.clock.now() + lease, ...fields } = changes;
  const all = { ...fields, rev: record.rev + 1 };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  const gone = Object.keys(all).filter((name) => all[name as keyof typeof all] === undefined);
  const write: Update = {
    update: keys.erasure(record.database, record.id),
    set: { ...Object.fromEntries(given), ...(at !== null && { due_n: 0, ...due(record.id, at) }) },
    remove: [...gone, ...(at === null ? ["due_pk", "due_sk", "due_n"] : [])],
    if: "#rev = :rev",
    values: { rev: record.rev },
  };
  try {
    const item = await retry(ports, isBusy, () => ports.store.write(write));
    return item && fromItem(item);
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}
