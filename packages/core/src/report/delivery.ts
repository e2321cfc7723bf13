import * as Header from "../inbound/header.ts";
import * as Comment from "../mime/read/comment.ts";
import * as Address from "./address.ts";
import { type Action, type Report, type ReportRecipient, words } from "./report.ts";
import * as Status from "./status.ts";

/** Media types of the machine's part: RFC 3464 §2.1, and RFC 6533 §6.2 for internationalised addresses. */
export const types: readonly string[] = ["message/delivery-status", "message/global-delivery-status"];

/** More than a mail of ours can have, twice; and the octets they may take. */
const [mostRecipients, mostGroups, longest] = [100, 200, 131_072];
const addresses: readonly string[] = ["original-recipient", "final-recipient"];

/**
 * Reads the part of a report that is for machines (RFC 3464 §2): a group of fields about the message, then one for each
 * recipient. Groups that a careless server has run together are told apart by the fields that name the recipient.
 * @returns null where it says nothing of anybody.
 */
export function parse(content: Buffer): Pick<Report, "recipients"> | null {
  const groups = blocks(content).flatMap(split);
  const recipients = groups.map(recipient).filter((of) => of !== null);
  if (recipients.length === 0) return null;
  return { recipients: recipients.slice(0, mostRecipients) };
}

const blocks = (content: Buffer): Header.Field[][] =>
  content
    .toString("latin1", 0, longest)
    .split(/\r?\n(?:[ \t]*\r?\n)+/, mostGroups)
    .map((block) => Header.fields(Buffer.from(block, "latin1")));

/** Where some field names a recipient again, each group begins with those that do (RFC 3464 §2.3). */
function split(block: readonly Header.Field[]): Header.Field[][] {
  const naming = block.map(({ name }) => name).filter((name) => addresses.includes(name));
  if (new Set(naming).size === naming.length) return [[...block]];
  const groups: Header.Field[][] = [[]];
  let names: string[] = [];
  for (const field of block) {
    const isBegun = names.some((name) => name === field.name || !addresses.includes(name));
    if (addresses.includes(field.name) && isBegun) {
      groups.push([]);
      names = [];
    }
    groups.at(-1)?.push(field);
    names.push(field.name);
  }
  return groups;
}

function recipient(group: readonly Header.Field[]): ReportRecipient | null {
  const field = (name: string) => Header.first(group, name);
  if (![...addresses, "action"].some((name) => field(name) !== undefined)) return null;
  const original = Address.parse(field("original-recipient"));
  const diagnostic = words(untyped(field("diagnostic-code")));
  const status = Status.choose(field("status"), diagnostic ?? "");
  const action = actionOf(field("action"), status);
  if (action === null) return null;
  return {
    address: original ?? Address.parse(field("final-recipient")),
    original: original !== null,
    action,
    status,
    diagnostic,
    remote_mta: words(untyped(Comment.remove(field("remote-mta") ?? ""))),
  };
}

/** `smtp; 550 No such user` → `550 No such user`. */
const untyped = (value = ""): string => value.replace(/^\s*[\w-]{1,40}\s*;/, "");

const actions: readonly string[] = ["failed", "delayed", "delivered", "relayed", "expanded"] satisfies Action[];
const byClass: Readonly<Record<string, Action>> = { 2: "delivered", 4: "delayed", 5: "failed" };

/** Action has to be there (§2.3.3); where it is not, the class of the status says as much. */
function actionOf(field: string | undefined, status: string | null): Action | null {
  const action = Comment.remove(field ?? "")
    .trim()
    .toLowerCase();
  return actions.includes(action) ? (action as Action) : (byClass[status?.[0] ?? ""] ?? null);
}
