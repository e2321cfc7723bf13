import * as Secret from "../database/secret.ts";
import * as Body from "../email/body.ts";
import { fromItem } from "../email/head.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Link from "./link.ts";

/** A file as it is downloaded. */
export interface Download {
  readonly filename: string;
  readonly bytes: Uint8Array;
}

type Needs = Pick<Ports, "store" | "blobs" | "vault" | "clock">;

/**
 * The file a link names (R-SRV-7). The signature is all that lets in: it was made for this file of this database.
 * @throws AppError not_found, the same for a wrong token, one whose time is over, and a file that is no longer kept.
 */
export async function read(ports: Needs, token: string): Promise<Download> {
  const ref = Link.parse(token);
  if (!ref || ref.until * 1000 <= ports.clock.now() || !(await isOurs(ports, ref))) throw gone();
  const item = await ports.store.get(keys.emailHead(ref.database, ref.email));
  const body = item && (await Body.read(ports, fromItem(item)));
  const attachment = body?.attachments[ref.n];
  if (!attachment) throw gone();
  const { filename, content } = attachment;
  return { filename, bytes: Buffer.from(content, "base64") };
}

const gone = (): AppError =>
  new AppError("not_found", "There is no such file, or its link has expired: ask the sender for it.");

/** A database that is gone has no key, and what it signed is worth nothing. */
async function isOurs(ports: Needs, ref: Link.FileRef & { readonly signature: string }): Promise<boolean> {
  const secrets = await Secret.find(ports, ref.database);
  return secrets !== undefined && Link.verify(ref, secrets.token_key);
}
