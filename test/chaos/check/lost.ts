import type { State } from "@posthouse/core/email/head";
import { doomed } from "../load/address.ts";
import { admitsDoubt, copyKey, countCopies, type Evidence, type Mail, mailsOf } from "./evidence.ts";

/** States in which nothing more is to come. */
const ends: readonly State[] = ["sent", "delivered", "bounced", "complained", "failed", "canceled", "suppressed"];
/** Ends of what went out. */
export const out: readonly State[] = ["sent", "delivered", "bounced", "complained"];

/** G1: every email that was answered 200 has ended, none is there that was not answered, none vanished on its way. */
export function lost(evidence: Evidence): string[] {
  const mails = mailsOf(evidence.items);
  const answered = new Set(evidence.answered.flatMap(({ ids }) => ids));
  const missing = [...answered].filter((id) => !mails.has(id)).map((id) => `${id} was answered 200 and is not there`);
  const extra = [...mails.keys()]
    .filter((id) => !answered.has(id))
    .map((id) => `${id} is there and was never answered`);
  const left = evidence.items
    .filter(({ pk, sk }) => /^(LINE#.*|BATCH#.*)$/.test(pk) && sk !== "LINE")
    .map(({ pk, sk }) => `${pk} ${sk} still waits`);
  const counts = countCopies([...evidence.ses, ...evidence.smtp]);
  const canceled = evidence.answered.flatMap((one) => (one.canceled ? one.ids : []));
  const alive = canceled.flatMap((id) => stillSent(id, mails.get(id), evidence));
  return [...missing, ...extra, ...left, ...alive, ...[...mails.values()].flatMap((mail) => unfinished(mail, counts))];
}

function unfinished({ head, recipients, events }: Mail, counts: ReadonlyMap<string, number>): string[] {
  return recipients.flatMap(({ address, state = head.state, failure_type }) => {
    const one = copyKey(head.id, address);
    const copies = counts.get(one) ?? 0;
    if (!ends.includes(state)) return [`${one} is ${state} for ever`];
    if (out.includes(state) && copies === 0) return [`${one} is ${state} and never left`];
    if (state === "failed" && copies > 0 && failure_type !== "unknown")
      return [`${one} failed (${failure_type}) and left`];
    if (state === "failed" && failure_type !== "unknown" && !recipients.some((each) => doomed(each.address)))
      return [
        `${one} failed (${failure_type}) though it could be reached: ${events.at(-1)?.reply ?? head.reply ?? ""}`,
      ];
    return [];
  });
}

/** Canceled mail is not on the wire, unless the answer to an earlier try was lost. */
function stillSent(id: string, mail: Mail | undefined, { ses, smtp }: Evidence): string[] {
  const gone = [...ses, ...smtp].filter(({ email }) => email === id);
  // Of several recipients some may have got it before it was canceled for the others
  const wrong = gone.filter(({ recipient }) => stateOf(mail, recipient) === "canceled");
  return wrong.length > 0 && mail && !admitsDoubt(mail) ? [`${id} was canceled and left`] : [];
}

const stateOf = (mail: Mail | undefined, recipient: string): State | undefined =>
  mail?.recipients.find(({ address }) => address === recipient)?.state;
