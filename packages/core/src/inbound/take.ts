import { type Patience, patient } from "../answer/pace.ts";
import { AppError } from "../error.ts";
import { apply } from "../feedback/apply.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { prove } from "../report/proof.ts";
import { read as readReport } from "../report/read.ts";
import type { Report } from "../report/report.ts";
import { retry } from "../retry.ts";
import { of as authenticationOf } from "./authenticity.ts";
import { carry } from "./carry.ts";
import { read as readContent } from "./content.ts";
import { type Copy, type Home, home, type Letter } from "./copy.ts";
import { type Destination, destinations } from "./destination.ts";
import * as Domain from "./domain.ts";
import { gather } from "./gather.ts";
import { isOutrun, type Kept, keep, note } from "./keep.ts";
import * as Mail from "./mail.ts";
import { ruleOf } from "./object.ts";
import * as Once from "./once.ts";
import * as Owner from "./owner.ts";
import { plan } from "./plan.ts";
import type { Receipt } from "./receipt.ts";
import * as Words from "./words.ts";

/**
 * Takes in a mail that SES has received: a copy for each database that a recipient belongs to, then SES's own object
 * goes. May be repeated at any point, and at the same time; what is nobody's is dropped without an answer, for its
 * sender is as likely forged as not.
 * @param patience of all mails that are taken in one after the other
 * @throws Error while its object is not there; whoever calls tries again.
 */
export async function take(ports: Ports, receipt: Receipt, patience = patient()): Promise<void> {
  const raw = await ports.blobs.get(receipt.blob);
  if (!raw) return assertTaken(ports, receipt);
  const { owners, nobodys } = await Owner.find(ports, receipt.recipients);
  const read = letter(ports, receipt, raw, patience);
  const errors: unknown[] = [];
  // One database's trouble is not to keep the mail from the others
  for (const { version, recipients } of owners)
    await takeFor(ports, { ...read, version }, recipients).catch((error: unknown) => errors.push(error));
  if (nobodys > 0)
    ports.log.info("mail for addresses of nobody was dropped", {
      operation: "inbound",
      code: receipt.id,
      count: nobodys,
    });
  if (errors.length > 0) throw errors[0];
  await finish(ports, receipt);
}

/** A mail with all that is found out about it at most once: to take it apart may take the memory of another one. */
export function letter(
  ports: Ports,
  receipt: Receipt,
  raw: Uint8Array,
  patience: Patience = patient(),
): Letter & { readonly report: () => Report | null } {
  return {
    receipt,
    mail: Mail.read(raw, receipt.id),
    content: lazily(() => readContent(raw)),
    authentication: lazily(() => authenticationOf(ports, receipt, raw)),
    report: lazily(() => readReport(raw)),
    patience,
  };
}

function lazily<T>(find: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => (found ??= { value: find() }).value;
}

/** What became of a mail at one database. */
export interface Taken {
  /** All that is kept of it there, now or before. */
  readonly ids: readonly string[];
  /** Whether it had come in for all of its recipients before. */
  readonly duplicate: boolean;
}

/**
 * Takes in a mail for one database.
 * @param recipients those of the database, normalised
 */
export async function takeFor(ports: Ports, copy: Reported, recipients: readonly string[]): Promise<Taken> {
  const at = await home(ports, copy.version);
  const { forwarded, to, cc, identity } = copy.mail;
  const addressed = [...to, ...cc].map(({ address }) => address);
  const places = destinations(recipients, { forwarded, addressed }, at.names);
  const duplicate = await retry(ports, isStale, () => isKnown(ports, copy, at, places));
  const addresses = places.flatMap((place) => place.addresses);
  await Domain.note(ports, at.loaded, addresses, copy.receipt.received_at);
  return { ids: await Once.known(ports, copy.version.id, identity, places), duplicate };
}

/** What it was to go to is not there any more. */
const isStale = (error: unknown): boolean =>
  isOutrun(error) || (error instanceof AppError && error.name === "not_found");

type Reported = Copy & { readonly report: () => Report | null };

/** Takes in what of it is new. @returns whether nothing was. */
async function isKnown(ports: Ports, copy: Reported, at: Home, places: readonly Destination[]): Promise<boolean> {
  const fresh = await Once.fresh(ports, copy.version.id, copy.mail.identity, places);
  if (fresh.length > 0) await decide(ports, copy, at, places, fresh);
  return fresh.length === 0;
}

/** The order of R-IN behind duplicates: our own loop tag, report, what must not come in, and then where it goes. */
async function decide(
  ports: Ports,
  copy: Reported,
  at: Home,
  places: readonly Destination[],
  fresh: readonly Destination[],
): Promise<void> {
  const { version, receipt } = copy;
  if (isOurs(ports, copy)) {
    const told = { operation: "inbound", database: version.id, code: receipt.id };
    ports.log.info("a mail of our own came back and was ignored", told);
    return;
  }
  const report = copy.report();
  const addresses = fresh.flatMap((place) => place.addresses);
  if (report && (await settle(ports, copy, report, addresses))) return note(ports, copy, fresh, null);
  const rejected = unwanted(copy, at) ?? (report ? unmatched : undefined);
  if (rejected) {
    await keep(ports, copy, { ...rejected, recipients: places });
    return;
  }
  const gathered = await gather(ports, copy, at, places);
  for (const outcome of plan(gathered.places, gathered.replies)) await carry(ports, copy, at, gathered, outcome);
}

/** What this installation answered by itself is nobody's mail; what told followers of another database of it is. */
const isOurs = ({ operator: { root_domain } }: Ports, { mail, version }: Copy): boolean =>
  mail.loops.includes(root_domain) || mail.loops.includes(`${version.name}.${root_domain}`);

/** What a report with proof tells is written before the proof against its duplicates: it is told as often as need be. */
async function settle(
  ports: Ports,
  { version: { id: database }, receipt }: Copy,
  report: Report,
  recipients: readonly string[],
): Promise<boolean> {
  for (const recipient of recipients) {
    const proved = await prove(ports, database, report, { recipient, received_at: receipt.received_at });
    for (const { id, changes } of proved) await apply(ports, { database, id }, changes);
    if (proved.length > 0) return true;
  }
  return false;
}

type Rejected = Omit<Kept, "recipients">;

const unmatched: Rejected = {
  key: "report",
  status: "unmatched",
  route: { rule: "report", why: Words.report },
  in_reply_to_email: null,
};

/** What SES found in it, where the settings go by that: it is kept, and nobody is answered. */
function unwanted({ receipt: { verdicts } }: Copy, { loaded: { settings } }: Home): Rejected | undefined {
  for (const [rule, rejects] of [
    ["virus", settings.reject_virus],
    ["spam", settings.reject_spam],
  ] as const)
    if (rejects && verdicts[rule] === "fail")
      return { key: rule, status: "rejected", route: { rule, why: Words.rejected[rule] }, in_reply_to_email: null };
  return undefined;
}

const takenOf = (receipt: Receipt) => keys.taken(`${receipt.id}${ruleOf(receipt)}`);

async function assertTaken({ store }: Ports, receipt: Receipt): Promise<void> {
  if (await store.get(takenOf(receipt), { consistent: true })) return;
  throw new Error("a mail that was received is not in the bucket");
}

/** From here on a notification that comes again finds no object, and knows why. */
async function finish({ store, blobs, clock }: Ports, receipt: Receipt): Promise<void> {
  const expires_at = Math.floor(clock.now() / 1000) + Once.days * 86_400;
  await store.write({ put: { ...takenOf(receipt), expires_at } });
  await blobs.delete(receipt.blob);
}
