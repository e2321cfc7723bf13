import { fate } from "@posthouse/local/ses/simulator";
import { type Evidence, mailsOf, nameOf, overSes } from "./evidence.ts";
import { out } from "./lost.ts";

/** What the receiver of a run's webhooks is told. */
export const wanted = ["email.sent", "email.delivered", "email.bounced", "suppression.added"] as const;

/** Types of which there is one event a recipient, however often its mail was tried. */
const single: readonly string[] = ["email.delivered", "email.bounced", "suppression.added"];

/** G4: what became of each recipient has been told to the webhook, however often, under one id. */
export function untold(evidence: Evidence): string[] {
  const ids = idsOf(evidence);
  const expected = [...new Set([...sent(evidence), ...ended(evidence)])];
  return [
    ...expected.filter((key) => !ids.has(key)).map((key) => `${key} was never told`),
    ...[...ids].flatMap(([key, { type, names }]) =>
      single.includes(type) && names.size > 1 ? [`${key} was told under ${names.size} ids`] : [],
    ),
  ];
}

/** Ids by what was told, of whom. */
function idsOf({ told }: Evidence): ReadonlyMap<string, { type: string; names: Set<string> }> {
  const ids = new Map<string, { type: string; names: Set<string> }>();
  for (const { id, type, about, recipients } of told)
    for (const recipient of recipients) {
      const key = `${type} ${about} ${recipient}`;
      const known = ids.get(key) ?? { type, names: new Set() };
      ids.set(key, { type, names: known.names.add(id) });
    }
  return ids;
}

/** Of all that went out by what the store says. */
const sent = ({ items }: Evidence): string[] =>
  [...mailsOf(items).values()].flatMap(({ head, recipients }) =>
    recipients
      .filter(({ state = head.state }) => out.includes(state))
      .map(({ address }) => `email.sent ${head.id} ${address}`),
  );

/** Of all that SES took, by where it went. */
function ended(evidence: Evidence): string[] {
  const mails = mailsOf(evidence.items);
  return overSes(evidence).flatMap(({ email, recipient }) => {
    if (fate(recipient) === "delivery") return [`email.delivered ${email} ${recipient}`];
    const database = nameOf(evidence.items, mails.get(email)?.head.database ?? "");
    return [`email.bounced ${email} ${recipient}`, `suppression.added ${database} ${recipient}`];
  });
}
