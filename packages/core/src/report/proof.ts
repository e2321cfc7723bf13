import { normalize } from "../address/address.ts";
import type { Head } from "../email/head.ts";
import { recipientsOf } from "../email/list.ts";
import type { Change } from "../feedback/change.ts";
import * as Mail from "../feedback/mail.ts";
import type { Ports } from "../ports/main.ts";
import * as Address from "./address.ts";
import * as Candidate from "./candidate.ts";
import * as ReportChange from "./change.ts";
import type { Report } from "./report.ts";

/** What a report has proved of an email. */
export interface Proved {
  /** The email it speaks of. */
  readonly id: string;
  /** At least one. */
  readonly changes: readonly Change[];
}

/** How the report came in. */
export interface Arrived {
  /** The address it came in at, its token included. */
  readonly recipient: string;
  /** ISO 8601 UTC. */
  readonly received_at: string;
}

type Needs = Pick<Ports, "store" | "vault">;

/**
 * Proves a report (R-FAIL-4): it shows a bounce token of the database or a Message-Id of an email of the database, and
 * speaks of a recipient of that email whose mail may have gone out. Anybody can write a report; whatever else it says, nothing is looked up in
 * another database than this. Each recipient it names is that of one email: of the surest proof, and then the newest.
 * @param database the id of the one that the report came in for.
 * @returns none for a report without proof: it changes nothing.
 */
export async function prove(ports: Needs, database: string, report: Report, arrived: Arrived): Promise<Proved[]> {
  const proved: Proved[] = [];
  const left = new Set(report.recipients.map(nameOf));
  for await (const heads of Candidate.find(ports, database, report, arrived.recipient)) {
    for (const head of heads) {
      // Who is not named can be told where the proof is of one email alone
      const asked = [...left].filter((name) => name !== null || heads.length === 1);
      if (asked.length === 0) break;
      const changes = await changesOf(ports, head, report, new Set(asked), arrived);
      if (changes.size === 0) continue;
      proved.push({ id: head.id, changes: unique([...changes.values()].flat()) });
      for (const name of changes.keys()) left.delete(name);
    }
    if (left.size === 0) break;
  }
  return proved;
}

const nameOf = ({ address }: Report["recipients"][number]): string | null => address && normalize(address);

/** The first of those that are the same. */
const unique = (changes: readonly Change[]): Change[] =>
  changes.filter(({ dedupe }, n) => changes.findIndex((one) => one.dedupe === dedupe) === n);

/** What it says of the email's own recipients, by the name it gives them. */
async function changesOf(
  ports: Needs,
  head: Head,
  report: Report,
  asked: ReadonlySet<string | null>,
  arrived: Arrived,
): Promise<Map<string | null, Change[]>> {
  const people = await peopleOf(ports, head);
  const at = when(head, report, arrived);
  const changes = new Map<string | null, Change[]>();
  for (const recipient of report.recipients) {
    const name = nameOf(recipient);
    const person = asked.has(name) ? whose(people, recipient.address) : undefined;
    if (!person || !Mail.mayBeOut(head, person)) continue;
    const told = { address: person.address, recipient, ...placed(head, person, at, arrived) };
    const change = ReportChange.of(head.id, report, told);
    changes.set(name, [...(changes.get(name) ?? []), change]);
  }
  return changes;
}

async function peopleOf({ store }: Needs, head: Head): Promise<readonly Mail.Person[]> {
  return Mail.create(head, head.recipients > 1 ? await recipientsOf(store, head) : []).people;
}

/** The recipient of the email that is meant: the one named, or the only one where nobody is. */
function whose(people: readonly Mail.Person[], named: string | null): Mail.Person | undefined {
  if (named === null) return people.length === 1 ? people[0] : undefined;
  for (const meant of Address.meanings(named)) {
    const found = people.find(({ address }) => normalize(address) === meant);
    if (found) return found;
  }
  return undefined;
}

/** How far the clock of a mail server may be behind, in ms: what it says soon after a retry is of that. */
const slow = 300_000;

/**
 * When it was, and in which attempt: what was written before the last attempt is of the one before it (R-FAIL-1), so that a
 * report that comes late, or again, does not end what was sent anew. Of the last it is from when it came in on.
 */
function placed(
  head: Head,
  { attempt }: Mail.Person,
  at: string,
  { received_at }: Arrived,
): { attempt: number; at: string } {
  if (head.opened_at === undefined || attempt < head.attempt) return { attempt, at };
  const isBefore = Date.parse(at) < Date.parse(head.opened_at) - slow;
  return isBefore ? { attempt: attempt - 1, at } : { attempt, at: received_at };
}

/** The date of the report where it can be true; else when it came in. */
const when = ({ created_at }: Head, { date }: Report, { received_at }: Arrived): string =>
  date !== undefined && date >= created_at && date <= received_at ? date : received_at;
