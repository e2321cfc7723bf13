import { isBusy } from "../configuration/commit.ts";
import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import type { Id } from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once, Taken } from "../idempotency/once.ts";
import { assertRoom, type Commit, reserve } from "../limit/reserve.ts";
import { isForEach } from "../mass/recipients.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { announced } from "./announced.ts";
import * as Body from "./body.ts";
import { type Draft, put } from "./draft.ts";
import { enqueue } from "./enqueue.ts";
import * as Hold from "./hold.ts";
import * as Outline from "./outline.ts";
import type { Accepted, SendRequest } from "./request.ts";

/**
 * Accepts an email, or of mass mail to several one for each (R-KIND-3): validated, routed, charged to the daily limit and stored in one transaction, then put on its
 * queue. Once this resolves the mail reaches a final state, whatever dies (G1): the head is in the due index, so
 * the tick finds what was never enqueued. Before the commit there is nothing but a body that expires by itself.
 * @param version as read strongly for this request.
 * @param key the caller's idempotency key: the same key and request get the first answer, without a second mail.
 * @throws AppError: what is wrong with the request; daily_quota_exceeded; limit_unavailable; database_paused;
 *   invalid_idempotent_request.
 */
export async function accept(
  ports: Ports,
  version: Version,
  request: SendRequest,
  key?: Idempotency,
): Promise<Accepted> {
  if (!isForEach(request)) return once(ports, version.id, key, (claims) => acceptOne(ports, version, request, claims));
  // Few requests are for many, and every cold start would read what makes batches
  const { acceptEach } = await import("../mass/accept.ts");
  return acceptEach(ports, version, request, key);
}

/** Somebody else has made the thread of the mail: it is to be read anew. */
class Outrun extends Error {
  override readonly name = "Outrun";
}

const acceptOne = (ports: Ports, version: Version, request: SendRequest, claims: Claims<Accepted>): Promise<Accepted> =>
  retry(
    ports,
    (error) => error instanceof Outrun,
    () => attempt(ports, version, request, claims),
  );

async function attempt(
  ports: Ports,
  version: Version,
  request: SendRequest,
  claims: Claims<Accepted>,
): Promise<Accepted> {
  Outline.assertActive(version);
  const ready = await prepare(ports, version, request);
  const { accepted, email, holds } = ready;
  const { head, counted } = email;
  Hold.assertScheduledFits(version, email, ready.now);
  // R-LIM-4: more recipients than the whole limit are refused whatever the setting
  const mayWait = holds && counted > 0 && counted <= version.limit;
  const behind = mayWait && (await Hold.isBehind(ports.store, version.id, head.kind));
  if (behind || !(await commit(ports, version, ready, await claims(accepted), mayWait)))
    await hold(ports, version, ready, await claims(accepted));
  else if (head.state === "queued") await enqueueSafely(ports, head);
  return accepted;
}

/** Everything before the first write. */
async function prepare(ports: Ports, version: Version, request: SendRequest) {
  const loaded = await load(ports, version);
  const outline = await Outline.make(ports, version, loaded, request);
  const { id, content, kind, now, bodyEnd } = outline;
  const suppressed = await Outline.suppressedOf(ports, version.id, kind, [outline]);
  const body = await Body.pack(version.id, id, content, now, bodyEnd);
  const place = body.blob === undefined ? {} : { blob: body.blob };
  const holds = loaded.settings.on_limit === "hold";
  return { body, content, now, holds, ...Outline.drafted(ports, version, loaded, outline, suppressed, place) };
}

type Ready = Awaited<ReturnType<typeof prepare>>;

/**
 * Body and commit.
 * @returns whether it was committed; not where the limit is full and the mail may wait.
 */
async function commit(
  ports: Ports,
  version: Version,
  { email, body }: Ready,
  claims: readonly Write[],
  mayWait: boolean,
): Promise<boolean> {
  try {
    await assertRoom(ports, version, email.counted);
    await retry(ports, isBusy, () => Body.write(ports, version.id, email.head.id, body));
    await reserve(ports, version, commitment(await announced(ports, email), claims));
    return true;
  } catch (error) {
    if (mayWait && error instanceof AppError && error.name === "daily_quota_exceeded") return false;
    throw error;
  }
}

/** The limit is full, or mail of its kind waits already: accepted, and in line behind it (R-LIM-4). */
async function hold(ports: Ports, version: Version, ready: Ready, claims: readonly Write[]): Promise<void> {
  const { content, now } = ready;
  const { id } = ready.email.head;
  const email = Hold.draft(ready.email, now);
  const end = Hold.keptUntil(now, Hold.lifeOf(ready.email.head));
  const body = ready.body.expires_at < end ? await Body.pack(version.id, id, content, now, end) : ready.body;
  await retry(ports, isBusy, () => Body.write(ports, version.id, id, body));
  const head = body.blob === undefined ? email.head : { ...email.head, blob: body.blob };
  const told = await announced(ports, { ...email, head });
  await Hold.joining(ports, version, () => reserve(ports, version, commitment(told, claims)));
}

/** The one transaction: head, recipients, counter, claim, thread. Nothing can stick: they exist together or not at all. */
function commitment(email: Draft, claims: readonly Write[]): Commit {
  const others: readonly Write[] = [...email.recipients, ...email.messageIds, ...email.events];
  const opens = email.opens?.writes ?? [];
  return {
    count: email.counted,
    kind: email.head.kind,
    actions: (day) => [put(email, day), ...claims, ...others, ...opens],
    refused: (position) => {
      if (position > claims.length + others.length) throw new Outrun();
      // The head's id is new and random: where it exists, our own try before was committed and its answer lost.
      if (position > 0) throw new Taken();
    },
  };
}

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
