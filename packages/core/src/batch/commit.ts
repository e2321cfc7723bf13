import type { Version } from "../database/version.ts";
import { due } from "../email/due.ts";
import type { Kind } from "../email/head.ts";
import * as Hold from "../email/hold.ts";
import { AppError } from "../error.ts";
import { Taken } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import { resetsAt } from "../limit/day.ts";
import { reserve } from "../limit/reserve.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Write } from "../ports/store.ts";
import type { Entry } from "./manifest.ts";
import { type BatchRecord, fromItem, type Place } from "./record.ts";
import { type Full, noRoom, placed } from "./refusal.ts";
import { type Claimant, share, type Terms, type Verdict } from "./share.ts";

/** What an idempotency key of a batch stands for; the manifest says the rest. */
export interface Receipt {
  readonly place: Place;
  /** Entries of the manifest for which there was no room. */
  readonly refused: readonly number[];
  /** What was full. */
  readonly full: Full;
  /** How many of its mails wait for room. */
  readonly held: number;
}

/** How what the daily limit has no room for is taken. */
export interface Mode {
  /** Without it, the rest is sent; else nothing is. */
  readonly permissive: boolean;
  /** It is held until there is room (R-LIM-4). */
  readonly holds: boolean;
  /** So also where the limit is 0: mail that we make ourselves is never refused (R-LIM-4). */
  readonly always?: boolean;
}

/** The writes beside the batch's own, in its transaction: they stand or fall with it. */
export type Beside = (receipt: Receipt) => Promise<readonly Write[]>;

/** What became of a commit: `record` is undefined where nothing was left to be committed, or it is finished already. */
export interface Committed {
  readonly receipt: Receipt;
  readonly record: BatchRecord | undefined;
}

/**
 * The one transaction of a batch: its item, the counter, the idempotency claim or what else is beside it. What the limit
 * has no room for is left out or held, and the counter asked again with the rest until that fits: so the limit holds
 * exactly (R-LIM-3).
 * @throws AppError daily_quota_exceeded where that refuses all; limit_unavailable.
 */
export async function commit(
  ports: Ports,
  version: Version,
  place: Place,
  entries: readonly Entry[],
  mode: Mode,
  beside: Beside,
): Promise<Committed> {
  const wanted = entries.map(({ email }) => ({
    counted: email.counted,
    kind: email.head.kind,
    later: Hold.laterCount(email),
  }));
  const behind = mode.holds ? await behindOf(ports, version.id, wanted) : new Set<Kind>();
  const { holds, always } = mode;
  let terms: Terms = { room: Number.POSITIVE_INFINITY, limit: version.limit, holds, always, behind };
  let full: Full = { limit: version.limit, resets_at: resetsAt(ports.clock.now(), version.reset_utc) };
  let exceeded: AppError | undefined;
  for (;;) {
    const verdicts = share(wanted, terms);
    const refused = placesOf(verdicts, "refused");
    if (!mode.permissive && refused.length > 0) throw exceeded ?? refusal(entries, refused, full);
    const receipt: Receipt = { place, refused, full, held: placesOf(verdicts, "waits").length };
    if (refused.length === entries.length) return { receipt, record: undefined };
    try {
      return await reserveAll(ports, version, receipt, { wanted, verdicts }, await beside(receipt));
    } catch (error) {
      if (!(error instanceof AppError) || error.name !== "daily_quota_exceeded") throw error;
      // What waits for room is not refused: the next to refuse all is a mail that is larger than the whole limit
      exceeded = mode.holds ? undefined : error;
      full = { limit: Number(error.details?.["limit"]), resets_at: String(error.details?.["resets_at"]) };
      // At least one less than was asked for, whatever has been given back since
      terms = { ...terms, room: Math.min(Number(error.details?.["remaining"] ?? 0), countOf(wanted, verdicts) - 1) };
    }
  }
}

/** The first mail for which there is no room, by its place in the request. */
function refusal(entries: readonly Entry[], [first = 0]: readonly number[], full: Full): AppError {
  const entry = entries[first];
  return placed(noRoom(entry ? Hold.sizeOf(entry.email) : 0, full), entry?.index ?? first);
}

/** Mails in the order of the manifest, and what becomes of them. */
interface Shared {
  readonly wanted: readonly Claimant[];
  readonly verdicts: readonly Verdict[];
}

async function reserveAll(
  ports: Ports,
  version: Version,
  receipt: Receipt,
  { wanted, verdicts }: Shared,
  beside: readonly Write[],
): Promise<Committed> {
  const { place, refused } = receipt;
  const key = keys.batch(version.id, place.id);
  const takenUp = ports.clock.now() + ports.operator.waits.recovery * 1000;
  const counted = wanted.map((each) => each.counted);
  const waits = placesOf(verdicts, "waits");
  let record: BatchRecord = { ...place, database: version.id, day: "", waits, refused, counted };
  let stored: { readonly item: Item | undefined } | undefined;
  await reserve(ports, version, {
    count: countOf(wanted, verdicts),
    kind: wanted.some(({ counted, kind }, n) => counted > 0 && kind === "mass" && verdicts[n] === "taken")
      ? "mass"
      : "transactional",
    actions: (day) => {
      record = { ...record, day };
      return [{ put: { ...key, ...record, ...due(place.id, takenUp), due_n: 0 }, if: unmade }, ...beside];
    },
    refused: (position, item) => {
      if (position > 0) throw new Taken();
      // The batch's id is new and random: where it exists, our own try before was committed and its answer lost
      stored = { item };
    },
  });
  if (!stored) return { receipt, record };
  // What that try was charged to is what counts: the day may have ended since (G2)
  const item = stored.item ?? (await ports.store.get(key, { consistent: true }));
  return { receipt, record: item && fromItem(item) };
}

const unmade = "attribute_not_exists(pk)";

/** Kinds that have mail in line already (R-LIM-4). */
async function behindOf({ store }: Ports, db: string, wanted: readonly Claimant[]): Promise<ReadonlySet<Kind>> {
  const kinds = new Set(wanted.flatMap(({ counted, kind }) => (counted > 0 ? [kind] : [])));
  const found = await Promise.all(
    [...kinds].map(async (kind) => ((await Hold.isBehind(store, db, kind)) ? [kind] : [])),
  );
  return new Set(found.flat());
}

const placesOf = (verdicts: readonly Verdict[], wanted: Verdict): number[] =>
  verdicts.flatMap((verdict, n) => (verdict === wanted ? [n] : []));

const countOf = (wanted: readonly Claimant[], verdicts: readonly Verdict[]): number =>
  wanted.reduce((total, { counted }, n) => total + (verdicts[n] === "taken" ? counted : 0), 0);
