import { domainOf, isAddress, normalize } from "../address/address.ts";
import type { Author } from "../thread/record.ts";
import type { Letter } from "./copy.ts";
import { original } from "./srs.ts";

type Of = Pick<Letter, "receipt" | "mail">;

/** What says who wrote a mail. */
interface Written {
  readonly receipt: Pick<Letter["receipt"], "envelope_from">;
  readonly mail: Pick<Letter["mail"], "author">;
}

/**
 * Who wrote a mail: its From, else whoever the reverse-path names, before forwarders rewrote it; null = nobody says so, or
 * what no mail could go to.
 */
export function authorOf({ receipt, mail }: Written): Author | null {
  if (mail.author) return mail.author;
  const address = normalize(original(receipt.envelope_from ?? ""));
  return isAddress(address) ? { name: null, address } : null;
}

/** What stands for the author of a mail that nobody is named for; no mail can go there (RFC 2606). */
export const nobody: Author = { name: null, address: "unknown@sender.invalid" };

/** Whether nobody is to be told of a mail (R-IN-5): it was written by no person, or came with the empty reverse-path. */
export const isAutomatic = ({ receipt, mail }: Of): boolean =>
  // Of mail that did not come over SES the reverse-path may simply not be known
  mail.automatic || (receipt.source === undefined && receipt.envelope_from === null);

/**
 * Whether an author follows the record that their mail made: a person does, an address of the database's own does not,
 * for what is told to it would come in again.
 * @param isOwn whether an address, without plus tag, is one that mail is routed by
 */
export const mayFollow = (author: Author, fallback: string, isOwn: (address: string) => boolean): boolean =>
  author.address !== nobody.address && domainOf(author.address) !== fallback && !isOwn(author.address);
