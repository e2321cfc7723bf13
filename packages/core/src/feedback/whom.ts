import { normalize } from "../address/address.ts";
import { erased } from "../email/head.ts";
import type { Change } from "./change.ts";
import { isOut, type Mail, type Person } from "./mail.ts";
import type { Told } from "./reduce.ts";

/** Whom of an email a change is about. */
export interface Meant {
  readonly people: readonly Person[];
  /** Addresses, for the timeline. */
  readonly named: readonly string[];
  /** It is of the address that all of its mail was redirected to. */
  readonly redirected: boolean;
}

/**
 * Whom a change is about (R-FAIL-4). Of mail that was redirected it is all of them, whatever address it names. Else SES may
 * name one that is none of the email's, as of a forwarding: it is the only recipient's, or of several nobody's; unless
 * some recipient was erased, for then it is theirs.
 * @returns undefined where it is about nobody else than them: what is told of them is not to be known.
 */
export function whom(mail: Mail, { accepted, attempt }: Told, change: Change): Meant | undefined {
  const { head, people } = mail;
  const named = namedBy(change);
  if (head.redirected && (attempt ?? head.attempt) === head.attempt)
    return { people: people.filter((one) => one.attempt === head.attempt), named, redirected: true };
  const keys = new Set(named.map(normalize));
  const found = people.filter(({ key }) => keys.has(key));
  const gone = found.length < keys.size ? people.filter(({ key }) => key === erased) : [];
  const isComplaint = change.kind === "complained";
  if (gone.length > 0)
    // It may have been them who complained
    return found.length === 0 ? undefined : meant(isComplaint ? [...found, ...gone] : found, found);
  if (found.length > 0 || (named.length > 0 && !accepted)) return meant(found, found);
  if (people.length === 1) return meant(people, people);
  // A complaint by an address that nobody has is one of theirs all the same
  return meant(isComplaint ? people : [], []);
}

/** The addresses that a change names. */
export const namedBy = ({ address, among }: Change): readonly string[] => among ?? (address === null ? [] : [address]);

const meant = (people: readonly Person[], named: readonly Person[]): Meant => ({
  people,
  named: named.map(({ address }) => address),
  redirected: false,
});

/** Whether what was told is of the attempt that a recipient's state is of, and may change it (R-FAIL-1). */
export const isNow = (one: Person, { attempt }: Told, change: Change): boolean =>
  isOut(one) && (attempt === null ? !isBefore(change, one) : one.attempt === attempt);

/** Whether it is of an earlier attempt. A report says not of which: where nothing of the last was sent, of an earlier. */
export const isEarlier = (one: Person, { attempt }: Told): boolean => one.attempt > (attempt ?? 1);

/** Whether it was before the recipient's mail was handed over in the attempt that its state is of. */
export const isBefore = ({ at }: Change, { since }: Person): boolean =>
  since !== undefined && Date.parse(at) < Date.parse(since);
