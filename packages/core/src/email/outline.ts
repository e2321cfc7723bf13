import type { Loaded } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { defaultExpiry } from "../dispatch/delay.ts";
import * as Use from "../domain/use.ts";
import { AppError } from "../error.ts";
import { type Id, make as makeId } from "../id.ts";
import { assertBound } from "../key/bound.ts";
import type { Ports } from "../ports/main.ts";
import { refusal } from "../reputation/refusal.ts";
import { decide } from "../routing/decide.ts";
import type { Decision } from "../routing/schema.ts";
import { among, type Why } from "../suppression/among.ts";
import * as Addressee from "./addressee.ts";
import type { Body } from "./body.ts";
import { asked, check, compose } from "./compose.ts";
import * as Conversation from "./conversation.ts";
import { type Draft, draft, type Parts } from "./draft.ts";
import type { Head, Kind } from "./head.ts";
import type { Accepted, RawMessage, SendRequest } from "./request.ts";
import * as Schedule from "./schedule.ts";

const daySeconds = 86_400;

/** A mail as it is to go out: checked, routed and composed, with nothing written of it. */
export interface Outline extends Pick<Parts, "thread" | "message" | "opens"> {
  readonly id: Id<"email">;
  readonly kind: Kind;
  readonly decision: Decision;
  readonly addressees: Addressee.Addressees;
  readonly content: Body;
  /** What of the content is stored, for all mails of its request at once; absent = all of it, for this one. */
  readonly common?: Body;
  /** ms: when it was accepted. */
  readonly now: number;
  /** ms: when its caller wants it sent; absent = at once. */
  readonly scheduled: number | undefined;
  /** Epoch seconds: when waiting ends in failure. */
  readonly giveUp: number;
  /** Epoch seconds: until when its body is kept. */
  readonly bodyEnd: number;
}

/** What a request has of a mail before it is made. */
export interface Given {
  readonly id?: Id<"email">;
  readonly known?: Addressee.Addressees;
  /** Of all mails of the request. */
  readonly threads?: Conversation.Threads;
}

/**
 * Checks, routes and composes a mail.
 * @param given what its request has of it already: `known` who gets it; absent = as its To, Cc and Bcc say.
 * @throws AppError: what is wrong with the request; database_paused.
 */
export async function make(
  ports: Ports,
  version: Version,
  loaded: Loaded,
  request: SendRequest,
  given: Given = {},
): Promise<Outline> {
  const { id = makeId("email", ports), known, threads = Conversation.threads(ports, version) } = given;
  check(request);
  const addressees = known ?? Addressee.read(request);
  const conversation = await Conversation.read(ports, version, loaded, request, threads);
  const by = asked(request, conversation?.asked);
  const decision = decide(loaded.prepared, by);
  assertBound(decision.from_address, request.from_domains);
  assertMayUse(version, decision);
  if (request.raw) assertFits(request.raw, loaded, decision);
  const now = ports.clock.now();
  const scheduled = await Schedule.of(request, now);
  await Use.mark(ports, version.id, decision.domain.id);
  const place = conversation && Conversation.place(ports, version, request, conversation);
  const giveUp = Math.ceil((scheduled ?? now) / 1000) + (request.expires_in ?? defaultExpiry[request.kind]);
  return {
    id,
    kind: request.kind,
    decision,
    addressees,
    content: compose(request, decision, addressees, {
      id,
      date: new Date(now).toISOString(),
      asked: by,
      notification: conversation?.notification,
    }),
    ...place,
    now,
    scheduled,
    giveUp,
    bodyEnd: giveUp + loaded.settings.retention.bodies_days * daySeconds,
  };
}

/** Of a message of the caller's own no links can be made (R-SRV-7): over its server's size it could only fail. */
function assertFits({ mime }: RawMessage, { servers }: Loaded, { server }: Decision): void {
  const record = servers.find(({ id }) => id === server?.id);
  if (!record || mime.length <= record.max_email_size_mb * 1_000_000) return;
  throw new AppError(
    "email_too_large",
    `The message has ${mime.length} bytes, ${record.max_email_size_mb} MB can go over the server ${record.name}: make it smaller.`,
  );
}

/** A mail about to be committed, and how it is answered. */
export interface Drafted {
  readonly email: Draft;
  readonly accepted: Accepted;
}

/**
 * The items of a mail and its answer, its suppressed recipients left out (R-FAIL-5).
 * @param listed whom the database does not mail, of these recipients and others, and why.
 */
export function drafted(
  ports: Pick<Ports, "operator">,
  version: Version,
  loaded: Loaded,
  outline: Outline,
  listed: ReadonlyMap<string, Why>,
  body: Pick<Head, "blob" | "blob_range">,
): Drafted {
  const { id, content, decision, addressees } = outline;
  const { retention } = loaded.settings;
  const captured = version.delivery === "capture";
  const { recovery } = ports.operator.waits;
  const gone = addressees.all.flatMap(({ key, address }) => {
    const reason = listed.get(key);
    return reason === undefined ? [] : [{ key, address, reason }];
  });
  const suppressed = new Map(gone.map(({ key, reason }) => [key, reason]));
  const email = draft({ ...outline, ...body, captured, version, suppressed, retention, recovery });
  const { message_id } = content;
  const left = gone.map(({ address, reason }) => ({ address, reason }));
  return { email, accepted: { id, message_id, warnings: decision.warnings, suppressed: left } };
}

/** Which recipients of mails of one kind the database does not mail, and why (R-FAIL-5), all asked for at once. */
export async function suppressedOf(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  kind: Kind,
  outlines: readonly Outline[],
): Promise<ReadonlyMap<string, Why>> {
  const wanted = new Set(outlines.flatMap(({ addressees }) => addressees.all.map(({ key }) => key)));
  return among(store, db, [...wanted], kind, clock.now());
}

/** @throws AppError not_found, database_paused: whatever is asked, this database takes no mail. */
export function assertActive({ status, paused_by }: Version): void {
  if (status === "deleting") throw new AppError("not_found", "The database is being deleted.");
  if (status === "paused" && paused_by !== "reputation") throw paused("The operator has paused this database");
}

/**
 * A database paused for its reputation may not use the platform; servers of its own go on (R-FAIL-7).
 * @throws AppError database_paused
 */
export function assertMayUse({ status, paused_by, paused_for }: Version, { over }: Pick<Decision, "over">): void {
  if (status === "paused" && paused_by === "reputation" && over === "platform") throw refusal(paused_for);
}

const paused = (what: string): AppError => new AppError("database_paused", `${what}: ask the operator.`);
