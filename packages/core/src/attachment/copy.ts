import { inAnswer, linkSeconds } from "../email/answer.ts";
import type { Attachment } from "../email/body.ts";
import { lifetimePrefix } from "../email/lifetime.ts";
import type { Ports } from "../ports/main.ts";

/** A file as it is downloaded: its bytes, or where they are too many for an answer a link that is good for five minutes. */
export type Download = { readonly filename: string; readonly bytes: Uint8Array } | { readonly link: string };

/**
 * Answers a file of an email or a message; a large one by a link to a copy of it, which lies where {@link drop} finds it.
 * @param of the email's or the message's id @param n the file's place
 */
export async function download(
  { blobs }: Pick<Ports, "blobs">,
  db: string,
  of: string,
  n: number,
  { filename, content }: Pick<Attachment, "filename" | "content">,
): Promise<Download> {
  const bytes = Buffer.from(content, "base64");
  if (bytes.length <= inAnswer) return { filename, bytes };
  const key = `${place(db, of)}${n}`;
  await blobs.put(key, bytes);
  return { link: await blobs.link(key, linkSeconds, filename) };
}

/** Deletes all copies that were made for links of an email or a message: of its files, and of itself. */
export async function drop({ blobs }: Pick<Ports, "blobs">, db: string, of: string): Promise<void> {
  for (;;) {
    const found = await blobs.list(place(db, of));
    if (found.length === 0) return;
    for (const key of found) await blobs.delete(key);
  }
}

const place = (db: string, of: string): string => `${lifetimePrefix(0)}/${db}/${of}.`;
