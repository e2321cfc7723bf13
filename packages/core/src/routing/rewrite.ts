import * as Address from "../address/address.ts";
import * as Mailbox from "../address/mailbox.ts";
import type { Addresses } from "./addresses.ts";
import type { Choice } from "./choice.ts";
import type { Prepared } from "./prepare.ts";
import type { Request } from "./request.ts";
import type { AliasDomain, Decision } from "./schema.ts";

/** The From that goes out. */
export type Sender = Pick<Decision, "from" | "from_address" | "from_name" | "overridden">;

/**
 * Writes the From (R-REW-1, R-REW-2). Kept, it stays as the caller wrote it, and so it does when it already is the
 * address it would be overridden with. Overridden, it keeps the sender's name, or for want of one the local part of
 * the original address; nothing else of the original is told. No From: N with the company's name.
 */
export function rewrite(request: Request, choice: Choice, addresses: Addresses): Sender {
  const { from, company } = request;
  const address = target(request, choice, addresses);
  if (from === null) return sender({ name: company?.name ?? null, address }, false);
  if (Address.normalize(address) === Address.normalize(from.address)) {
    return { ...sender(from, false), from: Mailbox.keep(request.mail.from ?? "", from) };
  }
  return sender({ name: nameOf(from), address }, true);
}

/** A name that only repeats the address tells no name, and would echo what is not to be echoed. */
function nameOf({ name, local, address }: Mailbox.Mailbox): string {
  const repeats = name !== null && Address.normalize(name) === Address.normalize(address);
  return name === null || repeats ? Address.unquote(local) : name;
}

/**
 * The Reply-To (R-REW-4): what the caller gave, checked, else exactly the catchall of the alias domain. For mail of a
 * thread: its alias, else the catchall, with the reply token where that finds its way back, as the MX is ours.
 * @throws AppError `invalid_header` or `validation_error`, naming the entry
 */
export function replyTo(
  prepared: Prepared,
  { mail }: Pick<Request, "mail">,
  over: Decision["over"],
  { catchall }: Pick<Addresses, "catchall">,
): Pick<Decision, "reply_to" | "reply_token"> {
  const given = mail.reply_to ?? [];
  if (given.length > 0) {
    const reply_to = given.map((value, index) => Mailbox.keep(value, Mailbox.parse(value, `reply_to[${index}]`)));
    return { reply_to, reply_token: false };
  }
  if (mail.thread === undefined) return { reply_to: [catchall], reply_token: false };
  const address = aliasOver(prepared, mail.thread.alias, over) ?? catchall;
  const domain = domainOf(prepared, address);
  return { reply_to: [address], reply_token: domain !== undefined && (domain.is_default || domain.mx_at_us) };
}

/** The thread's alias, where there is one; over the platform its domain counts once it is verified (R-DOM-11). */
function aliasOver(prepared: Prepared, alias: string | null, over: Decision["over"]): string | null {
  const domain = alias === null ? undefined : domainOf(prepared, alias);
  if (domain === undefined) return null;
  return over === "smtp" || prepared.platform.domains.has(domain.name) ? alias : null;
}

const domainOf = ({ configuration }: Prepared, address: string): AliasDomain | undefined =>
  configuration.domains.find(({ name }) => name === Address.domainOf(address));

function target({ from, creator }: Request, choice: Choice, addresses: Addresses): string {
  if (choice.sender === "from" && from !== null) return from.address;
  if (choice.sender === "creator" && creator !== null) return creator.address;
  return addresses.notification;
}

function sender(mailbox: { name: string | null; address: string }, overridden: boolean): Sender {
  const name = Mailbox.clean(mailbox.name);
  return { from: Mailbox.format(mailbox), from_address: mailbox.address, from_name: name, overridden };
}
