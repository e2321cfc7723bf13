import * as Mailbox from "../address/mailbox.ts";
import { inAnswer, linkSeconds } from "../email/answer.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import type { Author } from "../thread/record.ts";
import { clip } from "../webhook/trim.ts";
import { type Part, read as readContent } from "./content.ts";
import * as Mail from "./mail.ts";
import { find, type ReceivedView, view } from "./view.ts";

/** A file of a mail that came in; `n` names it within its mail. */
export type FileView = Pick<Part, "filename" | "content_type" | "content_id" | "disposition"> & {
  readonly n: number;
  /** Octets. */
  readonly size: number;
};

/** A mail that came in, with what it says. */
export interface WholeView extends ReceivedView {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  /** Each cut after so many characters; null = it has none of the kind, or is not kept any more. */
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly FileView[];
}

type Needs = Pick<Ports, "store" | "clock" | "blobs" | "random">;

/** Characters of a text that one answer shows; the rest is in the raw mail. */
const longest = 250_000;

/**
 * One mail that came in, confirmed or not, with where it went and why, and what it says.
 * @throws AppError not_found, also for one of another database.
 */
export async function get(ports: Needs, db: string, id: string): Promise<WholeView> {
  const record = await find(ports, db, id);
  const bytes = await ports.blobs.get(record.blob);
  if (!bytes) return { ...view(record), to: [], cc: [], text: null, html: null, attachments: [] };
  const { to, cc } = Mail.read(bytes);
  const { text, html, files } = readContent(bytes);
  return {
    ...view(record),
    to: to.map(written),
    cc: cc.map(written),
    text: text && clip(text, longest),
    html: html && clip(html, longest),
    attachments: files.map(file),
  };
}

const written = (author: Author): string => Mailbox.format(author);

const file = ({ filename, content_type, content_id, disposition, content }: Part, n: number): FileView => ({
  n,
  filename,
  content_type,
  content_id,
  disposition,
  size: content.length,
});

/**
 * The mail as it came, to the octet; a large one by a link that is good for five minutes.
 * @throws AppError not_found
 */
export async function raw(ports: Needs, db: string, id: string): Promise<Uint8Array | { readonly link: string }> {
  const { blob, size } = await find(ports, db, id);
  if (size > inAnswer) return { link: await ports.blobs.link(blob, linkSeconds) };
  return whole(ports, blob);
}

async function whole({ blobs }: Needs, blob: string): Promise<Uint8Array> {
  const bytes = await blobs.get(blob);
  if (bytes) return bytes;
  throw new AppError("not_found", "The raw mail is not kept any more.");
}

/**
 * A file of the mail; a large one by a link to a copy of it, which is erased with the mail.
 * @param n as {@link get} numbers them
 * @throws AppError not_found
 */
export async function attachment(
  ports: Needs,
  db: string,
  id: string,
  n: string,
): Promise<{ readonly filename: string; readonly bytes: Uint8Array } | { readonly link: string }> {
  const { blob } = await find(ports, db, id);
  const part = /^\d{1,5}$/.test(n) ? readContent(await whole(ports, blob)).files[Number(n)] : undefined;
  if (!part) throw new AppError("not_found", "This mail has no attachment of this number.");
  const { filename, content } = part;
  if (content.length <= inAnswer) return { filename, bytes: content };
  const copy = fileOf(blob, Number(n));
  await ports.blobs.put(copy, content);
  return { link: await ports.blobs.link(copy, linkSeconds, filename) };
}

/** Where the copy of a file lies: its key begins with that of its mail. */
const fileOf = (blob: string, n: number): string => `${blob}.${n}`;
