import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { AppError, type ErrorName } from "../error.ts";
import { assertBound } from "../key/bound.ts";
import { usage } from "../limit/usage.ts";
import * as Recipients from "../mass/recipients.ts";
import type { Ports } from "../ports/main.ts";
import { decide } from "../routing/decide.ts";
import { explain } from "../routing/explain.ts";
import type { Considered, Decision, Rule, Warning } from "../routing/schema.ts";
import { among } from "../suppression/among.ts";
import type { RecordRef } from "../thread/record.ts";
import * as Addressee from "./addressee.ts";
import { asked, check } from "./compose.ts";
import * as Conversation from "./conversation.ts";
import type { SendRequest } from "./request.ts";
import * as Schedule from "./schedule.ts";

/** Who would send a mail, as whom, and why (R-SEL-10). Addresses are without their token. */
export interface Preview {
  readonly server: { readonly id: string; readonly name: string; readonly kind: "smtp" | "platform" } | null;
  readonly rule: Rule;
  readonly from: string;
  readonly envelope_from: string;
  readonly reply_to: readonly string[];
  readonly overridden: boolean;
  /** The record that answers would become messages on; its thread need not be there yet. */
  readonly thread: RecordRef | null;
  readonly considered: readonly Considered[];
  readonly warnings: readonly Warning[];
  /** The error that sending it now would be answered with. */
  readonly would_refuse?: { readonly name: ErrorName; readonly message: string };
}

/**
 * Decides for a mail as `accept` would, and sends and stores nothing.
 * @throws AppError as `accept` does for a request that is wrong in itself.
 */
export async function preview(
  ports: Pick<Ports, "store" | "operator" | "clock">,
  version: Version,
  request: SendRequest,
): Promise<Preview> {
  check(request);
  // Mass mail to several is one mail each, all of them by one decision (R-KIND-3)
  const all = Recipients.isForEach(request) ? Recipients.read(request).each : Addressee.read(request).all;
  const loaded = await load(ports, version);
  const { prepared } = loaded;
  const threads = Conversation.threads(ports, version);
  const mail = asked(request, (await Conversation.read(ports, version, loaded, request, threads))?.asked);
  const decision = decide(prepared, mail);
  const { server, rule, from, envelope_from, reply_to, overridden, warnings } = decision;
  const keys = all.map(({ key }) => key);
  const now = ports.clock.now();
  const suppressed = await among(ports.store, version.id, keys, request.kind, now);
  // R-LIM-3: scheduled mail asks for its share when it is due
  const count = (await Schedule.of(request, now)) === undefined ? all.length - suppressed.size : 0;
  const refusal = unbound(request, decision) ?? (await wouldRefuse(ports, version, decision, count));
  return {
    server: server && { id: server.id, name: server.name, kind: server.kind },
    rule,
    from,
    envelope_from,
    reply_to,
    overridden,
    thread: request.thread ?? null,
    considered: explain(prepared, mail, decision),
    warnings,
    ...(refusal && { would_refuse: { name: refusal.name, message: refusal.message } }),
  };
}

/** The key it is asked with is bound to other domains. */
function unbound({ from_domains }: SendRequest, { from_address }: Decision): AppError | undefined {
  try {
    assertBound(from_address, from_domains);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

async function wouldRefuse(
  ports: Pick<Ports, "store" | "operator" | "clock">,
  version: Version,
  { over }: Decision,
  recipients: number,
): Promise<AppError | undefined> {
  const { status, paused_by } = version;
  if (status === "paused" && (paused_by !== "reputation" || over === "platform"))
    return new AppError("database_paused", "The database is paused: ask the operator.");
  if (over === "smtp" || version.delivery === "capture") return undefined;
  const { remaining, resets_at } = await usage(ports, version);
  if (remaining >= recipients) return undefined;
  return new AppError(
    "daily_quota_exceeded",
    `${remaining} recipients are left of the daily limit until ${resets_at}.`,
  );
}
