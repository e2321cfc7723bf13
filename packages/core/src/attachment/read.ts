import * as Secret from "../database/secret.ts";
import * as Body from "../email/body.ts";
import { fromItem } from "../email/head.ts";
import { AppError } from "../error.ts";
import { is } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Content from "../thread/content.ts";
import * as Message from "../thread/message.ts";
import { type Download, download } from "./copy.ts";
import * as Link from "./link.ts";

type Needs = Pick<Ports, "store" | "blobs" | "vault" | "clock">;

/**
 * The file a link names (R-SRV-7, R-NOT-3). The signature is all that lets in: it was made for this file of this database.
 * @throws AppError not_found, the same for a wrong token, one whose time is over, and a file that is no longer kept.
 */
export async function read(ports: Needs, token: string): Promise<Download> {
  const ref = Link.parse(token);
  if (!ref || ref.until * 1000 <= ports.clock.now() || !(await isOurs(ports, ref))) throw gone();
  const attachment = (await (is("message", ref.of) ? ofMessage(ports, ref) : ofEmail(ports, ref)))?.[ref.n];
  if (!attachment) throw gone();
  return download(ports, ref.database, ref.of, ref.n, attachment);
}

async function ofEmail(ports: Needs, { database, of }: Link.FileRef): Promise<readonly Body.Attachment[] | undefined> {
  const item = await ports.store.get(keys.emailHead(database, of));
  return item && (await Body.read(ports, fromItem(item)))?.attachments;
}

/** Which thread a message is on, answers to it say. */
async function ofMessage(
  ports: Needs,
  { database, of }: Link.FileRef,
): Promise<readonly Body.Attachment[] | undefined> {
  const item = await Message.ofId(ports, database, of);
  return item && Content.files(ports, item);
}

const gone = (): AppError =>
  new AppError("not_found", "There is no such file, or its link has expired: ask the sender for it.");

/** A database that is gone has no key, and what it signed is worth nothing. */
async function isOurs(ports: Needs, ref: Link.FileRef & { readonly signature: string }): Promise<boolean> {
  const secrets = await Secret.find(ports, ref.database);
  return secrets !== undefined && Link.verify(ref, secrets.token_key);
}
