import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Update } from "../ports/store.ts";
import { ensure } from "../thread/ensure.ts";
import { post } from "../thread/post.ts";
import { read as readContent } from "./content.ts";
import { home, type Letter } from "./copy.ts";
import { posting, routeOf } from "./enter.ts";
import { follow } from "./follow.ts";
import { isOutrun } from "./keep.ts";
import * as Mail from "./mail.ts";
import { markOf, type ReceivedRecord } from "./record.ts";
import * as Told from "./told.ts";
import { find, type ReceivedView, view } from "./view.ts";
import * as Words from "./words.ts";

/** Where a mail is to go by hand. */
export interface Target {
  readonly model: string;
  /** Absent = a new record. */
  readonly record_id?: string;
}

/**
 * Routes a mail that nothing took by hand (R-IN-4): it becomes a message on the thread of a record, or a new record, as
 * if it had come in there. Once: what went somewhere stays there.
 * @throws AppError not_found; conflict for a mail that is a message already; invalid_parameter for what can be no record
 */
export const route = (
  ports: Ports,
  version: Version,
  id: string,
  target: Target,
  key?: Idempotency,
): Promise<ReceivedView> =>
  once(ports, version.id, key, async (claims) => {
    const record = await find(ports, version.id, id);
    assertOpen(record);
    try {
      return await enter(ports, version, record, target, claims);
    } catch (error) {
      // Routed or erased meanwhile
      if (isOutrun(error)) assertOpen(await find(ports, version.id, id));
      throw error;
    }
  });

function assertOpen({ status }: ReceivedRecord): void {
  if (status === "threaded")
    throw new AppError("conflict", "This mail is a message on a thread already: it can be routed once.");
}

async function enter(
  ports: Ports,
  version: Version,
  record: ReceivedRecord,
  { model, record_id }: Target,
  claims: Claims<ReceivedView>,
): Promise<ReceivedView> {
  const letter = await letterOf(ports, record);
  const isNew = record_id === undefined;
  const thread = await ensure(ports, version, {
    model,
    record_id: record_id ?? record.id,
    ...(isNew && { is_new: true, name: record.subject }),
  });
  if (isNew) await follow(ports, version, letter, await home(ports, version), thread);
  const entry = { id: record.id, thread, internal: false, route: { rule: "manual", why: Words.manual } } as const;
  const route = routeOf(entry, letter.content(), record.in_reply_to_email);
  // As a message it is news to the application, even where it has confirmed the mail before
  const routed: ReceivedRecord = { ...record, status: "threaded", route, confirmed_at: null };
  const moved: Update = {
    update: keys.received(version.id, record.id),
    set: { status: routed.status, route, confirmed_at: null, ...markOf(routed) },
    if: "#status = :seen",
    values: { seen: record.status },
  };
  const told = await Told.message(ports, routed, letter.mail, letter.content());
  const answer = view(routed);
  const beside = [moved, ...told, ...(await claims(answer))];
  await post(ports, version, thread, await posting(letter, entry, beside));
  return answer;
}

async function letterOf(
  { blobs }: Ports,
  record: ReceivedRecord,
): Promise<Pick<Letter, "mail" | "receipt" | "content" | "authentication">> {
  const raw = await blobs.get(record.blob);
  if (!raw) throw new AppError("not_found", "The mail itself is not kept any more: it cannot become a message.");
  const { id, received_at, envelope_from, recipients, verdicts, blob, source } = record;
  const receipt = { id, received_at, envelope_from, recipients, verdicts, blob };
  const content = readContent(raw);
  return {
    mail: Mail.read(raw),
    receipt: source === "mx" ? receipt : { ...receipt, source },
    content: () => content,
    authentication: async () => record.authentication,
  };
}
