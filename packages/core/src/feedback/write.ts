import { attention, headUpdate, isRed } from "../dispatch/hand.ts";
import { isForced } from "../email/forced.ts";
import type { Head } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Update } from "../ports/store.ts";
import { unresolved } from "./complaint.ts";
import { isBad, type Mail, type Person } from "./mail.ts";
import type { Reduced } from "./reduce.ts";

/** What waiting leaves on a head that is found to be sent; its place in a line goes when it is come to. */
const waited = ["due_pk", "due_sk", "due_n", "lease_until", "unknown", "stopped", "admitted", "line"];

/**
 * The writes, the head's first, that make an email what it was told to be; none where nothing of it changes. All of them
 * stand on the revision of the head.
 */
export function states(before: Mail, { mail: after, accepted }: Pick<Reduced, "mail" | "accepted">): Update[] {
  const { head } = before;
  const people = after.people.filter((one, n) => one !== before.people[n] && !one.follows);
  const hasNew = after.complaints.length > before.complaints.length;
  if (!accepted && people.length === 0 && !hasNew) return [];
  const single = head.recipients === 1 ? after.people[0] : undefined;
  const own = single && single !== before.people[0] ? ofPerson(single) : { set: {}, remove: [] };
  const open = unresolved(after).length;
  const turnedBad = people.some((one) => isBad(one) && one.state !== before.people.find(({ n }) => n === one.n)?.state);
  const worse = turnedBad || open > unresolved(before).length;
  const marks = marksOf(head, accepted !== undefined, worse, open > 0 || after.people.some(isBad));
  const set = {
    ...(accepted && { state: "sent", sent_at: accepted.at }),
    ...(accepted?.provider_id !== undefined && { provider_id: accepted.provider_id }),
    ...own.set,
    ...(hasNew && { complaints: after.complaints }),
    ...marks.set,
  };
  const gone = accepted ? [...waited, "failure_type", "reply"] : [];
  // Its own rule for marks is that of mail that is still waited for
  const { attention: _attention, ...bare } = head;
  return [
    headUpdate(bare, set, [...gone, ...own.remove, ...marks.remove]),
    ...(single ? [] : people.map((one) => recipientUpdate(head, one))),
  ];
}

/**
 * Nothing of the head is another, and nobody has changed it: a retry, or an erasure. Its revision stays, since whoever is
 * handing it over writes on that.
 */
export const stand = ({ database, id, rev }: Head): Update => ({
  update: keys.emailHead(database, id),
  ...{ set: { rev }, if: "#rev = :rev", values: { rev } },
});

const ofPerson = ({ state, failure_type, facts }: Person) => ({
  set: { state, ...(failure_type && { failure_type }), ...facts },
  remove: failure_type ? [] : ["failure_type"],
});

function recipientUpdate({ database, id }: Head, person: Person): Update {
  const { set, remove } = ofPerson(person);
  return { update: keys.emailRecipient(database, id, person.n), set, ...(remove.length > 0 && { remove }) };
}

/**
 * The red envelope (R-FAIL-3): what goes wrong puts the email there, and it leaves when nothing of it is wrong any more,
 * a complaint that is nobody's yet among that. While it waits for the server it was forced to, its mark is that server's.
 */
function marksOf(head: Head, accepted: boolean, worse: boolean, bad: boolean) {
  const red = worse || (isRed(head) && bad);
  const forced = isForced(head.mark_pk) && !accepted;
  if (forced) return red ? { set: { attention: true }, remove: [] } : { set: {}, remove: ["attention"] };
  const none = ["attention", "mark_pk", "mark_sk"];
  return red ? { set: attention(head), remove: ["attention"] } : { set: {}, remove: none };
}
