import { type Evidence, type Mail, mailsOf } from "./evidence.ts";

/** A day's counter, by `<database>#<day>`. */
interface Counter {
  readonly left: number;
  readonly limit: number;
}

/** G2: no day of a database has more recipients than its limit, and its counter is the sum of what is charged to it. */
export function overLimit({ items, ses, spent }: Evidence): string[] {
  const counters = new Map(
    items
      .filter(({ pk }) => pk.startsWith("USE#"))
      .map((item) => [item.pk.slice(4), item as unknown as Counter] as const),
  );
  const mails = [...mailsOf(items).values()];
  const charged = sum(mails, ({ head }) => head.charged_n ?? 0);
  for (const { database, day, n } of spent) {
    const key = `${database}#${day}`;
    charged.set(key, (charged.get(key) ?? 0) + n);
  }
  const days = new Set([...counters.keys(), ...charged.keys()]);
  const out = recipientsOf(ses);
  const sent = sum(mails, ({ head }) => out.get(head.id)?.size ?? 0);
  return [
    ...[...days].flatMap((day) => compare(day, counters.get(day), charged.get(day) ?? 0, sent.get(day) ?? 0)),
    ...mails.flatMap(({ head }) => {
      const reached = out.get(head.id)?.size ?? 0;
      return reached > (head.charged_n ?? 0)
        ? [`${head.id} went to ${reached} recipients over the platform and is charged for ${head.charged_n ?? 0}`]
        : [];
    }),
  ];
}

function compare(day: string, counter: Counter | undefined, charged: number, sent: number): string[] {
  if (!counter) return charged > 0 ? [`${day} has ${charged} charged and no counter`] : [];
  const used = counter.limit - counter.left;
  return [
    ...(counter.left < 0 || sent > counter.limit
      ? [`${day} is over its limit of ${counter.limit}: ${used} used, ${sent} sent`]
      : []),
    ...(used === charged ? [] : [`${day} has ${used} used by its counter and ${charged} by its emails`]),
  ];
}

/** Numbers of emails added up by database and day charged. */
function sum(mails: readonly Mail[], of: (mail: Mail) => number): Map<string, number> {
  const sums = new Map<string, number>();
  for (const mail of mails) {
    const { database, charged_day } = mail.head;
    if (charged_day === undefined) continue;
    const day = `${database}#${charged_day}`;
    sums.set(day, (sums.get(day) ?? 0) + of(mail));
  }
  return sums;
}

function recipientsOf(ses: Evidence["ses"]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { email, recipient } of ses) found.set(email, (found.get(email) ?? new Set()).add(recipient));
  return found;
}

/** G2, the other way round: where a request was refused, not one recipient less than the limit got through. */
export function underLimit({ answered, items }: Evidence, database: string): string[] {
  if (!answered.some(({ planned, status }) => planned.database === database && status === 429)) return [];
  const version = items.find(({ sk, name }) => sk === "VERSION" && name === database);
  const id = version?.pk.slice("DB#".length);
  const days = items.filter(({ pk }) => pk.startsWith(`USE#${id}#`));
  return days.some(({ left }) => left === 0) ? [] : [`${database} was refused mail and no day of it is full`];
}
