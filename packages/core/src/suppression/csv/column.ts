/** What a column of a provider's list holds. */
export type Column =
  | "address"
  | "class"
  | "words"
  | "status"
  | "date"
  | "type"
  | "unsubscribed"
  | "tags"
  | "cleaned"
  | "origin";

/**
 * Names of columns, lower-case letters and digits alone, as the lists of Amazon SES, SendGrid, Mailgun, Postmark, Brevo,
 * Mailchimp, Mandrill, Mailjet and SparkPost have them, in their exports and in what their APIs answer.
 */
const names: Readonly<Record<Column, readonly string[]>> = {
  address: [
    "email",
    "emailaddress",
    "address",
    "recipient",
    "emailid",
    "contact",
    "contactemail",
    "mail",
    "adressemail",
  ],
  // One word of a closed list of the provider's
  class: ["suppressionreason", "category", "event", "bouncetype", "source", "blockedreason", "subtype"],
  // A word of that kind, or a server's sentence
  words: ["reason", "error", "description", "detail", "details", "blockreason", "message"],
  status: ["status", "code", "smtpcode"],
  date: [
    ...["createdat", "created", "date", "timestamp", "lastupdatetime", "lastupdate", "bouncedat", "blockedat"],
    ...["suppressedat", "time", "addedat", "dateadded", "updated", "updatedat", "exclusiondate"],
  ],
  type: ["type"],
  // Columns that only a list of those who have unsubscribed has, or one of dead addresses
  unsubscribed: ["unsubtime", "unsubscribedat", "unsubscribedate", "optouttime"],
  // Mailgun's list of them has nothing else; other lists have labels there
  tags: ["tag", "tags"],
  cleaned: ["cleantime", "cleanedat"],
  origin: ["origin"],
};

const known = new Map(Object.entries(names).flatMap(([column, all]) => all.map((name) => [name, column as Column])));

/** Which columns a list has, by their place. */
export type Columns = ReadonlyMap<Column, number>;

/**
 * The columns that a header names, each the first of its kind; without `address` it is no header that we know. Of several
 * that may have the addresses, as `Contact` and `Email`, it is the one that has most of them.
 * @param addresses how many addresses a column has, by its place.
 */
export function read(header: readonly string[], addresses: (place: number) => number): Columns {
  const found = new Map<Column, number>();
  header.forEach((cell, n) => {
    const column = known.get(cell.toLowerCase().replace(/[^a-z0-9]/g, ""));
    if (column === undefined) return;
    const first = found.get(column);
    if (first === undefined || (column === "address" && addresses(n) > addresses(first))) found.set(column, n);
  });
  return found;
}

/** Those of a list without a header: where the address is, and beside it what may be a reason, as Amazon SES writes it. */
export function guess(first: readonly string[], address: number): Columns {
  const next = address === 0 ? 1 : 0;
  return new Map<Column, number>([["address", address], ...(first.length > 1 ? [["words", next] as const] : [])]);
}
