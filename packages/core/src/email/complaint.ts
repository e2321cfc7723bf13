import type { Head, Recipient } from "./head.ts";

type Complaints = NonNullable<Head["complaints"]>;

/** Complaints of an email that are nobody's yet: of those who may have made one, none is known to have. */
export const unresolved = (
  complaints: Complaints,
  people: readonly Pick<Recipient, "n" | "complained">[],
): Complaints => complaints.filter((numbers) => !people.some(({ n, complained }) => complained && numbers.includes(n)));

/** Without those who are tried again: their mail bounced or failed, so that none of them has complained of it. */
export const without = (complaints: Complaints, again: readonly Pick<Recipient, "n">[]): Complaints =>
  complaints
    .map((numbers) => numbers.filter((number) => again.every(({ n }) => n !== number)))
    .filter(({ length }) => length > 0);
