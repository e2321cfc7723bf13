import * as Header from "../inbound/header.ts";
import * as Address from "./address.ts";
import type { Mail } from "./mail.ts";
import type { Report } from "./report.ts";

/** Media types of a mail that is returned, whole or its header alone (RFC 6522 §3, RFC 6533 §6). */
const types: readonly string[] = ["message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"];

const wanted = new Set(["message-id", "references", "return-path"]);

/**
 * Which mail a report speaks of: the ids in the header of the one it returns, then those in its own. Of References the
 * last alone, for ours ends it (R-REW-5): those before it are other mails of the thread.
 * @param quoted the header of the returned mail where it stands in the report's text.
 */
export function find(mail: Mail, quoted = ""): Pick<Report, "message_ids" | "mail_from"> {
  const returned = mail.parts.find(({ type }) => types.includes(type))?.content;
  const fields = Header.fields(Header.split(returned ?? Buffer.from(quoted)).header, wanted);
  const of = (name: string) => Header.first(fields, name) ?? "";
  const message_ids = [
    ...ids(of("message-id")).slice(0, 1),
    ...ids(of("references")).slice(-1),
    ...ids(mail.field("in-reply-to")).slice(0, 1),
    ...ids(mail.field("references")).slice(-1),
  ];
  const mail_from = Address.parse(of("return-path"));
  return { message_ids: [...new Set(message_ids)], ...(mail_from !== null && { mail_from }) };
}

const ids = (value: string): string[] => value.slice(-32_768).match(/<[\x21-\x3b\x3d\x3f-\x7e]{1,500}>/g) ?? [];
