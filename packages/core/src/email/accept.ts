import { isBusy } from "../configuration/commit.ts";
import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import * as Use from "../domain/use.ts";
import { AppError } from "../error.ts";
import { type Id, make } from "../id.ts";
import { assertBound } from "../key/bound.ts";
import { assertRoom, type Commit, reserve } from "../limit/reserve.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { decide } from "../routing/decide.ts";
import type { Decision } from "../routing/schema.ts";
import { among } from "../suppression/among.ts";
import * as Addressee from "./addressee.ts";
import * as Body from "./body.ts";
import { asked, check, compose } from "./compose.ts";
import { type Draft, draft } from "./draft.ts";
import { enqueue } from "./enqueue.ts";
import * as Idempotency from "./idempotency.ts";
import type { Accepted, Idempotency as Key, SendRequest } from "./request.ts";

const daySeconds = 86_400;

/** Seconds an email waits at most, by kind, unless the caller says (R-FAIL-6). */
const defaultExpiry = { transactional: 24 * 3600, mass: 72 * 3600 } as const;

/**
 * Accepts an email: validated, routed, charged to the daily limit and stored in one transaction, then put on its
 * queue. Once this resolves the mail reaches a final state, whatever dies (G1): the head is in the due index, so
 * the tick finds what was never enqueued. Before the commit there is nothing but a body that expires by itself.
 * @param version as read strongly for this request.
 * @param key the caller's idempotency key: the same key and request get the first answer, without a second mail.
 * @throws AppError: what is wrong with the request; daily_quota_exceeded; limit_unavailable; database_paused;
 *   invalid_idempotent_request.
 */
export async function accept(ports: Ports, version: Version, request: SendRequest, key?: Key): Promise<Accepted> {
  const replay = key && (await Idempotency.read(ports, version.id, key));
  if (replay) return replay;
  assertActive(version);
  const { email, body, accepted } = await prepare(ports, version, request);
  const { head } = email;
  await assertRoom(ports, version, email.counted);
  await retry(ports, isBusy, () => Body.write(ports, version.id, head.id, body));
  const earlier = await commit(ports, version, email, accepted, key);
  if (earlier) return earlier;
  if (head.state === "queued") await enqueueSafely(ports, head);
  return accepted;
}

/** Everything before the first write. */
async function prepare(ports: Ports, version: Version, request: SendRequest) {
  check(request);
  const addressees = Addressee.read(request);
  const loaded = await load(ports, version);
  const decision = decide(loaded.prepared, asked(request));
  assertBound(decision.from_address, request.from_domains);
  assertMayUse(version, decision);
  await Use.mark(ports, version.id, decision.domain.id);
  const now = ports.clock.now();
  const wanted = addressees.all.map(({ key }) => key);
  const suppressed = await among(ports.store, version.id, wanted, request.kind, now);
  const left = addressees.all.filter(({ key }) => suppressed.has(key)).map(({ address }) => address);
  const id = make("email", ports);
  const content = compose(request, decision, addressees, { id, date: new Date(now).toISOString() });
  const giveUp = Math.ceil(now / 1000) + (request.expires_in ?? defaultExpiry[request.kind]);
  const { retention } = loaded.settings;
  const body = await Body.pack(version.id, id, content, now, giveUp + retention.bodies_days * daySeconds);
  const captured = version.delivery === "capture";
  const email = draft({
    captured,
    id,
    version,
    decision,
    content,
    addressees,
    suppressed,
    now,
    giveUp,
    blob: body.blob,
    retention,
    recovery: ports.operator.waits.recovery,
  });
  const accepted: Accepted = {
    id,
    message_id: content.message_id,
    warnings: decision.warnings,
    suppressed: left,
  };
  return { email, body, accepted };
}

/**
 * The one transaction: head, recipients, counter, claim. Nothing can stick: they exist together or not at all.
 * @returns the first answer, when a twin with the same key was faster.
 */
async function commit(
  ports: Ports,
  version: Version,
  email: Draft,
  accepted: Accepted,
  key?: Key,
): Promise<Accepted | undefined> {
  let earlier: Accepted | undefined;
  const claim = key && Idempotency.claim(version.id, key, accepted, ports.clock.now());
  const others: readonly Write[] = [...email.recipients, ...email.messageIds];
  const commitment: Commit = {
    count: email.counted,
    actions: (day) => [email.put(day), ...(claim ? [claim] : []), ...others],
    refused: (position, item) => {
      // The head's id is new and random: where it exists, our own try before was committed and its answer lost.
      if (position > 0 && key && item) earlier = Idempotency.answer(item, key);
    },
  };
  try {
    await reserve(ports, version, commitment);
  } catch (error) {
    // A twin may have taken the last of the limit: then its answer is ours too.
    const twin = key && isExceeded(error) ? await Idempotency.read(ports, version.id, key) : undefined;
    if (!twin) throw error;
    return twin;
  }
  return earlier;
}

const isExceeded = (error: unknown) => error instanceof AppError && error.name === "daily_quota_exceeded";

function assertActive({ status, paused_by }: Version): void {
  if (status === "deleting") throw new AppError("not_found", "The database is being deleted.");
  if (status === "paused" && paused_by !== "reputation") throw paused("The operator has paused this database");
}

/** A database paused for its reputation may not use the platform; servers of its own go on (R-FAIL-7). */
function assertMayUse({ status, paused_by }: Version, { over }: Decision): void {
  if (status === "paused" && paused_by === "reputation" && over === "platform")
    throw paused("Platform mail of this database is paused for its bounce or complaint rate");
}

const paused = (what: string): AppError => new AppError("database_paused", `${what}: ask the operator.`);

/** The queue's failure is no error: the commit stands, and the tick enqueues what is due. */
export async function enqueueSafely(
  ports: Pick<Ports, "queue" | "log">,
  head: Parameters<typeof enqueue>[1] & { id: Id<"email"> },
): Promise<void> {
  try {
    await enqueue(ports, head);
  } catch (error) {
    ports.log.warn("not enqueued, the tick will", { database: head.database, email: head.id, error });
  }
}
