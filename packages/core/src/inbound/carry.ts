import type { AliasRecord } from "../alias/record.ts";
import { type Asked, answer } from "../answer/answer.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";
import { ensure } from "../thread/ensure.ts";
import type { ThreadRecord } from "../thread/record.ts";
import type { Copy, Home } from "./copy.ts";
import { type Destination, meanings } from "./destination.ts";
import * as Domain from "./domain.ts";
import * as Elsewhere from "./elsewhere.ts";
import { enter } from "./enter.ts";
import { follow, isTrue } from "./follow.ts";
import type { Gathered } from "./gather.ts";
import { type Kept, keep } from "./keep.ts";
import * as Loop from "./loop.ts";
import * as Once from "./once.ts";
import type { Answered, Outcome } from "./plan.ts";
import * as Record from "./record.ts";
import * as Sender from "./sender.ts";
import * as Words from "./words.ts";

/** What an automatic answer is made of, once the mail is kept. */
type Answer = Pick<Asked, "reason" | "text">;

/** An outcome on its way. */
interface Step {
  readonly copy: Copy;
  readonly home: Home;
  readonly outcome: Outcome;
  /** The recipients that are new. */
  readonly fresh: readonly Destination[];
  /** What the mail answers. */
  readonly answered: Answered | undefined;
  /** Whether it may be a reply. */
  readonly replies: boolean;
}

/**
 * Does what was decided of a mail (R-IN). May be repeated at any point.
 * @throws TransactionCanceled where it is to be decided anew
 */
export async function carry(
  ports: Ports,
  copy: Copy,
  home: Home,
  { places, replies }: Gathered,
  outcome: Outcome,
): Promise<void> {
  const fresh = await Once.fresh(ports, copy.version.id, copy.mail.identity, outcome.destinations);
  if (fresh.length === 0) return;
  const answered = places.find((place) => place.answered)?.answered;
  const step: Step = { copy, home, outcome, fresh, answered, replies };
  const { way } = outcome;
  switch (way.to) {
    case "thread":
      return onThread(ports, step, way.thread, way.answered);
    case "alias":
      return byAlias(ports, step, way.alias);
    case "email": {
      const { email } = way.answered;
      const route = { rule: "reply", why: Words.email(way.answered), ...(email !== null && { email }) } as const;
      return kept(ports, step, { status: "reply", route, in_reply_to_email: email });
    }
    case "refused": {
      const route = { rule: "refused", why: Words.refused(way.alias), alias: way.alias.address } as const;
      const refusal: Answer = { reason: "refused", text: way.alias.refusal };
      return kept(ports, step, { status: "rejected", route, in_reply_to_email: null }, refusal);
    }
    case "nobody":
      return unclaimed(ports, step, way.rule);
  }
}

async function unclaimed(ports: Ports, step: Step, rule: "catchall" | "none"): Promise<void> {
  const lost = step.replies ? undefined : step.answered;
  const why = lost ? Words.unknown : Words.rejected[rule];
  const decided = { status: "rejected", route: { rule, why }, in_reply_to_email: lost?.email ?? null } as const;
  // A reply is never refused
  const isAnswered = !lost && !(await Elsewhere.isTaken(ports, step.copy, step.home, step.outcome.destinations));
  return kept(ports, step, decided, isAnswered ? { reason: "no_such_address", text: null } : undefined);
}

/** The received id of an outcome that becomes a message. */
const idOf = ({ copy: { version, receipt }, outcome }: Step) => Record.idOf(version.id, receipt, outcome.key);

async function onThread(ports: Ports, step: Step, thread: ThreadRecord, answered: Answered): Promise<void> {
  if (!(await passes(ports, step, thread.id))) return;
  const { internal, email } = answered;
  const route = { rule: "reply", why: Words.reply(answered) } as const;
  await enter(ports, step.copy, { id: idOf(step), thread, recipients: step.fresh, internal, route, email });
}

async function byAlias(ports: Ports, step: Step, alias: AliasRecord): Promise<void> {
  const { version, mail } = step.copy;
  const { model, record_id, address } = alias;
  const id = idOf(step);
  const isNew = record_id === null;
  if (isNew && !(await passes(ports, step, newRecord))) return;
  const thread = await ensure(ports, version, {
    model,
    record_id: record_id ?? id,
    alias: address,
    company: companyOf(step.home, alias),
    ...(isNew && { is_new: true, name: mail.subject }),
  });
  if (!isNew && !(await passes(ports, step, thread.id))) return;
  if (isNew) await follow(ports, version, step.copy, step.home, thread);
  const route = { rule: "alias", why: Words.alias(alias), alias: address } as const;
  const email = step.answered?.email ?? null;
  await enter(ports, step.copy, { id, thread, recipients: step.fresh, internal: false, route, email });
  await noteMeant(ports, step, address);
}

/** Mail to the local part on the default domain came through the alias that it meant (R-IN-8, R-DOM-12). */
async function noteMeant(ports: Ports, { copy, home, outcome }: Step, address: string): Promise<void> {
  const named = outcome.destinations.flatMap(({ addresses }) => addresses.flatMap(meanings));
  if (!named.includes(address)) await Domain.note(ports, home.loaded, [address], copy.receipt.received_at);
}

/** The company whose alias domain the alias is on; null = the first one's, which has what no company has. */
const companyOf = ({ loaded: { companies } }: Home, { domain_id }: AliasRecord): ThreadRecord["company"] =>
  companies.find((company) => company.domain_id === domain_id)?.id ?? null;

const newRecord = "record";

/**
 * R-IN-5: what comes too often is kept, and makes nothing. Senders that nothing vouches for are as many as anybody likes:
 * all of them together make no more entries of one record than one sender.
 */
async function passes(ports: Ports, step: Step, what: string): Promise<boolean> {
  const { copy, home } = step;
  // What is no address tells one sender from others all the same
  const sender = Sender.authorOf(copy)?.address ?? copy.receipt.envelope_from?.toLowerCase() ?? "";
  const allowed = home.loaded.settings.loop_allow_list;
  const mail = { id: idOf(step), allowed };
  const passage = await Loop.pass(ports, copy.version.id, { ...mail, sender, what });
  if (passage !== "passes") {
    await kept(ports, step, tooMany(Words.loop), passage === "first" ? { reason: "loop", text: null } : undefined);
    return false;
  }
  if (what === newRecord || Loop.isAllowed({ sender, allowed }) || (await isTrue(copy))) return true;
  const all = await Loop.pass(ports, copy.version.id, { ...mail, sender: "", what: `${what}#unproved` });
  if (all !== "passes") await kept(ports, step, tooMany(Words.flood));
  return all === "passes";
}

const tooMany = (why: string) =>
  ({ status: "rejected", route: { rule: "loop", why }, in_reply_to_email: null }) as const;

/** Keeps a mail, and then answers its sender where that is to be: at most once, whatever becomes of this process. */
async function kept(
  ports: Ports,
  { copy, outcome, fresh }: Step,
  decided: Pick<Kept, "status" | "route" | "in_reply_to_email">,
  answering?: Answer,
): Promise<void> {
  // All of them, so that what is kept is cut into the same parts whenever it is taken in again
  const written = await keep(ports, copy, { ...decided, key: outcome.key, recipients: outcome.destinations });
  if (!answering || written.length === 0) return;
  const address = fresh[0]?.envelope ?? "";
  const said = await answer(ports, copy.version, { ...copy, address, ...answering });
  for (const record of written) await add(ports, record, said);
}

/** Adds what came of answering to the explanation of a mail that nobody has routed by hand since. */
async function add({ store }: Ports, { database, id, route }: Record.ReceivedRecord, said: string): Promise<void> {
  try {
    await store.write({
      update: keys.received(database, id),
      set: { route: { ...route, why: `${route.why} ${said}` } },
      if: "#status = :rejected",
      values: { rejected: "rejected" },
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
