import { domainOf } from "../address/address.ts";
import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { home } from "./copy.ts";
import type { Names } from "./destination.ts";
import * as Once from "./once.ts";
import * as Owner from "./owner.ts";
import type { Receipt } from "./receipt.ts";
import { letter, type Taken, takeFor } from "./take.ts";

/** A mail that did not come in over SES: by the API, or out of a mailbox elsewhere (R-IN-8). */
export interface Submission {
  readonly raw: Uint8Array;
  /** What makes it the same mail when it is submitted again, e.g. server, UIDVALIDITY and UID. */
  readonly id: string;
  readonly source: "api" | "incoming";
  /** The envelope as far as it is known; null = it is not, and the header is read for it. */
  readonly envelope_from?: string | null;
  readonly recipients?: readonly string[];
  /** The address of the mailbox it lay in: its recipient, where the header names no address of the database. */
  readonly mailbox?: string;
  /** ISO 8601 UTC; absent = now. */
  readonly received_at?: string;
}

/** Recipients at most: more than any envelope has (RFC 5321 §4.5.3.1.8). */
const most = 100;

/** Nobody has looked for spam and viruses in it; who vouches for it is found out apart. */
const unknown = { spam: null, virus: null, spf: null, dkim: null, dmarc: null } as const;

/**
 * Takes in a mail for one database, by the rules of any other (R-IN). Recipients are addresses on domains of the
 * database, verified or not: those given, else those its header names.
 * @returns ids of all that was kept of it, now or before; none where it is kept nowhere (a report that told what became
 *   of an email, or a mail of our own).
 * @throws AppError invalid_parameter where a recipient is not the database's, or where the header names none and there is
 *   no mailbox
 */
export const submit = async (ports: Ports, version: Version, mail: Submission): Promise<readonly string[]> =>
  (await handIn(ports, version, mail)).ids;

/** The same, with whether it was known before. */
export async function handIn(ports: Ports, version: Version, mail: Submission): Promise<Taken> {
  const id = `${mail.source}#${mail.id}`;
  const now = new Date(ports.clock.now()).toISOString();
  const receipt: Receipt = {
    id,
    received_at: mail.received_at ?? now,
    envelope_from: mail.envelope_from || null,
    recipients: [],
    verdicts: unknown,
    blob: "",
    source: mail.source,
  };
  const read = letter(ports, receipt, mail.raw);
  const { names } = await home(ports, version);
  const recipients = given(mail, names) ?? named(read.mail, mail, names);
  // Ids of what it becomes are made of the time: cut short and handed in again it is to become the same
  const received_at = await Once.since(ports, version.id, id, receipt.received_at);
  return takeFor(ports, { ...read, receipt: { ...receipt, received_at, recipients }, version }, recipients);
}

const isOwn = (address: string, { fallback, own }: Names): boolean => {
  const domain = domainOf(address);
  return domain === fallback || own.has(domain);
};

function given({ recipients }: Submission, names: Names): string[] | undefined {
  if (recipients === undefined || recipients.length === 0) return undefined;
  const addresses = [...new Set(recipients.map(Owner.normalize))];
  if (addresses.length > most) throw refusal(`has more than ${most} recipients: hand the mail in for fewer at a time`);
  const foreign = addresses.findIndex((address) => !isOwn(address, names));
  if (foreign >= 0) throw refusal("is to be addresses on domains of this database", `to[${foreign}]`);
  return addresses;
}

/** Whom the header names: where it was delivered before, then To and Cc. */
function named(
  { forwarded, to, cc }: ReturnType<typeof letter>["mail"],
  { mailbox }: Submission,
  names: Names,
): string[] {
  const all = [...forwarded, ...[...to, ...cc].map(({ address }) => address)];
  const own = [...new Set(all)].filter((address) => isOwn(address, names)).slice(0, most);
  if (own.length > 0) return own;
  if (mailbox !== undefined) return [Owner.normalize(mailbox)];
  throw refusal("is missing, and the header names no address on a domain of this database: say whom the mail was for");
}

const refusal = (what: string, field = "to"): AppError =>
  new AppError("invalid_parameter", `\`${field}\` ${what}.`, { details: { field } });
