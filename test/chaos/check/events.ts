import { type Evidence, mailsOf } from "./evidence.ts";

/** States an email may be in of which SES has told that it took it. */
const known = ["sent", "delivered", "bounced", "complained"];

/** G4: what SES told of a mail has come in, once, and nothing it told waits among dead letters. */
export function eventsLost({ items, ses, dead }: Evidence): string[] {
  const mails = mailsOf(items);
  const ids = new Set(items.filter(({ pk }) => pk.startsWith("MID#")).map(({ sk }) => sk));
  return [
    ...dead.map((queue) => `${queue} is not empty`),
    ...ses.flatMap(({ email, recipient, provider_id }) => {
      const mail = mails.get(email);
      if (!mail) return [`SES took ${email} to ${recipient}, and there is no such email`];
      const state = mail.recipients.find(({ address }) => address === recipient)?.state ?? mail.head.state;
      return [
        ...(known.includes(state) ? [] : [`SES took ${email} to ${recipient}, and it is ${state}`]),
        ...(ids.has(`${provider_id}#${email}`) ? [] : [`${email} does not know its id at SES, ${provider_id}`]),
      ];
    }),
  ];
}
