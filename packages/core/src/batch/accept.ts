import { isBusy } from "../configuration/commit.ts";
import { type Loaded, load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import * as Conversation from "../email/conversation.ts";
import * as Hold from "../email/hold.ts";
import { assertActive, make as outline } from "../email/outline.ts";
import type { Accepted, LeftOut, SendRequest } from "../email/request.ts";
import { AppError } from "../error.ts";
import { type Id, make as makeId } from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import { write } from "../idempotency/write.ts";
import * as keys from "../keys.ts";
import { assertRoom } from "../limit/reserve.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { type Beside, commit, type Mode, type Receipt } from "./commit.ts";
import { finish } from "./finish.ts";
import * as Manifest from "./manifest.ts";
import { type BatchRecord, fromItem, mailId } from "./record.ts";
import { noRoom, placed } from "./refusal.ts";

/** An entry of a request; one that is wrong in itself is the error that says so. */
export type Given = SendRequest | AppError;

/** How a batch is answered: the mails that were accepted, in order, and the entries that were not. */
export interface BatchAccepted {
  readonly accepted: readonly Accepted[];
  readonly refusals: readonly Manifest.Refusal[];
  /** Recipients that no mail was made for (R-KIND-3). */
  readonly left?: readonly LeftOut[];
}

/** Makes the mails of a request: checks and routes them, and writes nothing. */
export type Make = (loaded: Loaded, id: Id<"batch">) => Promise<Manifest.Made>;

/**
 * Accepts up to 100 emails at once, each by the rules of a single one. All bodies, and what their heads will say, lie in
 * one object; the commit is one transaction of batch item, counter and idempotency claim. From then on every mail
 * reaches a final state, whatever dies (G1): the heads follow by plain writes, and the tick finishes what was left.
 * @param permissive what is right and has room is sent; else one wrong entry, or too little room, refuses all.
 * @throws AppError: in strict mode what is wrong with the first wrong entry, its `index` in the details, or
 *   daily_quota_exceeded; limit_unavailable; database_paused; invalid_idempotent_request.
 */
export const acceptAll = (
  ports: Ports,
  version: Version,
  entries: readonly Given[],
  permissive: boolean,
  key?: Idempotency,
): Promise<BatchAccepted> =>
  acceptMade(
    ports,
    version,
    (loaded, id) => outlinesOf(ports, version, loaded, { id, entries, permissive }),
    permissive,
    key,
  );

/** Accepts what `make` makes of a request as one batch, by the rules of {@link acceptAll}. */
export async function acceptMade(
  ports: Ports,
  version: Version,
  make: Make,
  permissive: boolean,
  key?: Idempotency,
): Promise<BatchAccepted> {
  const result = await once<Result>(ports, version.id, key, (claims) =>
    acceptOnce(ports, version, make, permissive, claims),
  );
  if (result.receipt === null) return result.answer;
  return result.answer ?? answerAgain(ports, version, result.receipt);
}

/** The answer a receipt leads to. Whoever is told the ids is to find the mails: what was cut short is finished first. */
async function answerAgain(ports: Ports, version: Version, receipt: Receipt): Promise<BatchAccepted> {
  const { place } = receipt;
  const [manifest, item] = await Promise.all([
    Manifest.read(ports, place),
    ports.store.get(keys.batch(version.id, place.id), { consistent: true }),
  ]);
  const answer = answerOf(receipt, manifest);
  if (manifest && item) await finishSafely(ports, version, fromItem(item), manifest);
  return answer;
}

/** What is remembered under a key is the receipt, which leads to the answer. */
type Result =
  | { readonly receipt: Receipt; readonly answer?: BatchAccepted }
  | { readonly receipt: null; readonly answer: BatchAccepted };

async function acceptOnce(
  ports: Ports,
  version: Version,
  make: Make,
  permissive: boolean,
  claims: Claims<Result>,
): Promise<Result> {
  const ready = await prepare(ports, version, make);
  if ("answer" in ready) return { receipt: null, answer: ready.answer };
  const mode = { permissive, holds: ready.holds };
  return take(ports, version, ready, mode, (receipt) => claims({ receipt }));
}

/** How a batch that belongs to something larger was taken. */
export interface Part extends BatchAccepted {
  readonly id: Id<"batch">;
  /** Of those accepted, how many wait for room in the daily limit (R-LIM-4). */
  readonly held: number;
  /** When the daily limit is reset: ISO 8601; absent where none was asked. */
  readonly resets_at?: string;
}

/**
 * Accepts what `make` makes as one batch, permissively, and with it what its caller writes of that: in the transaction of
 * the batch, or by itself where no mail of it is left to be sent. So neither is ever there without the other.
 * @param always what there is no room for is held whatever `on_limit` says (R-LIM-4).
 * @param beside at most 90 writes; called anew with each try.
 * @throws Taken when a condition of `beside` does not hold; AppError as {@link acceptAll} does, and what `make` throws.
 */
export async function acceptPart(
  ports: Ports,
  version: Version,
  make: Make,
  always: boolean,
  beside: (part: Part) => readonly Write[],
): Promise<Part> {
  const ready = await prepare(ports, version, make);
  const { id } = ready;
  if ("answer" in ready) return alone(ports, { ...ready.answer, id, held: 0 }, beside);
  const mode = { permissive: true, holds: always || ready.holds, always };
  const partOf = (receipt: Receipt): Part => {
    const { held, full } = receipt;
    return { ...answerOf(receipt, ready.manifest), id, held, resets_at: full.resets_at };
  };
  const { receipt } = await take(ports, version, ready, mode, async (receipt) => beside(partOf(receipt)));
  const part = partOf(receipt);
  return part.accepted.length === 0 ? alone(ports, part, beside) : part;
}

/** Nothing of it is sent: there is no transaction to be in. */
async function alone(ports: Ports, part: Part, beside: (part: Part) => readonly Write[]): Promise<Part> {
  await write(ports, beside(part));
  return part;
}

/** A batch of which nothing is written yet. */
interface Ready extends Manifest.Packed {
  readonly id: Id<"batch">;
  /** As `on_limit` says. */
  readonly holds: boolean;
}

/** Everything before the first write; the answer alone where none of the entries is to be sent. */
async function prepare(
  ports: Ports,
  version: Version,
  make: Make,
): Promise<Ready | { readonly id: Id<"batch">; readonly answer: BatchAccepted }> {
  assertActive(version);
  const loaded = await load(ports, version);
  const id = makeId("batch", ports);
  const made = await make(loaded, id);
  const { outlined, refusals } = made;
  if (outlined.length === 0) return { id, answer: { accepted: [], refusals } };
  const holds = loaded.settings.on_limit === "hold";
  return { id, holds, ...(await Manifest.pack(ports, version, loaded, id, made)) };
}

/** Object, commit, and all that follows it. */
async function take(
  ports: Ports,
  version: Version,
  { place, manifest, bytes }: Ready,
  mode: Mode,
  beside: Beside,
): Promise<{ receipt: Receipt; answer: BatchAccepted }> {
  if (!mode.permissive && !mode.holds) await assertRoom(ports, version, countOf(manifest));
  await retry(ports, isBusy, () => ports.blobs.put(place.blob, bytes));
  const { receipt, record } = await commit(ports, version, place, manifest.entries, mode, beside);
  if (record) await finishSafely(ports, version, record, manifest);
  return { receipt, answer: answerOf(receipt, manifest) };
}

/** Checks and routes the entries. */
async function outlinesOf(
  ports: Ports,
  version: Version,
  loaded: Loaded,
  { id, entries, permissive }: { id: Id<"batch">; entries: readonly Given[]; permissive: boolean },
): Promise<Manifest.Made> {
  const outlined: Manifest.Outlined[] = [];
  const refusals: Manifest.Refusal[] = [];
  const threads = Conversation.threads(ports, version);
  for (const [index, entry] of entries.entries()) {
    try {
      if (entry instanceof AppError) throw entry;
      const given = { id: mailId(id, outlined.length), threads };
      outlined.push({ index, outline: await outline(ports, version, loaded, entry, given) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (!permissive) throw placed(error, index);
      refusals.push({ index, name: error.name, message: error.message });
    }
  }
  return { outlined, refusals };
}

/** The commit stands: what fails from here on is no error, the tick finishes the batch. */
async function finishSafely(
  ports: Ports,
  version: Version,
  batch: BatchRecord,
  manifest: Manifest.Manifest,
): Promise<void> {
  const { id, database } = batch;
  try {
    await finish(ports, version, batch, manifest);
  } catch (error) {
    ports.log.warn("a batch is not finished, the tick will", { database, code: id, error });
  }
}

function answerOf({ refused, full }: Receipt, manifest: Manifest.Manifest | undefined): BatchAccepted {
  if (!manifest)
    throw new AppError(
      "conflict",
      "This batch was accepted, and what it consisted of is lost: its mails fail. Send them anew, with a new key.",
    );
  const { entries, refusals, left: nobodys } = manifest;
  const left = new Set(refused);
  const without = refused.flatMap((n): Manifest.Refusal[] => {
    const entry = entries[n];
    if (!entry) return [];
    const { name, message } = noRoom(Hold.sizeOf(entry.email), full);
    return [{ index: entry.index, name, message }];
  });
  return {
    accepted: entries.flatMap(({ accepted }, n) => (left.has(n) ? [] : [accepted])),
    refusals: [...refusals, ...without].toSorted((a, b) => a.index - b.index),
    ...(nobodys && { left: nobodys }),
  };
}

const countOf = ({ entries }: Manifest.Manifest): number => entries.reduce((sum, { email }) => sum + email.counted, 0);
