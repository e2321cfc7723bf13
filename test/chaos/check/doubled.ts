import { admitsDoubt, countCopies, type Evidence, mailsOf } from "./evidence.ts";

/** G3: one copy a recipient, but where the timeline admits another; over SES none at all while its events arrive. */
export function doubled({ items, ses, smtp, events_arrived }: Evidence): string[] {
  const mails = mailsOf(items);
  const overSes = several(ses);
  const everywhere = several([...ses, ...smtp]);
  return [
    ...(events_arrived
      ? overSes.map(({ key, count }) => `${key}: ${count} copies over SES, and its events arrived`)
      : []),
    ...everywhere
      .filter(({ email }) => {
        const mail = mails.get(email);
        return !mail || !admitsDoubt(mail);
      })
      .map(({ key, count }) => `${key}: ${count} copies, and its timeline does not say so`),
  ];
}

function several(copies: Evidence["ses"]): { key: string; email: string; count: number }[] {
  return [...countCopies(copies)]
    .filter(([, count]) => count > 1)
    .map(([key, count]) => ({ key, email: key.split(" ")[0] ?? "", count }));
}
