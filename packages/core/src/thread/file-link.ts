import * as Link from "../attachment/link.ts";
import { add, type Linked, list } from "../attachment/listing.ts";
import * as Secret from "../database/secret.ts";
import type { Attachment } from "../email/body.ts";
import type { Ports } from "../ports/main.ts";
import type { Texts } from "./content.ts";
import type { MessageRecord } from "./record.ts";

/** How long the links of a notification open its files, in days. Who is asked to look is not to find them open for ever. */
const openDays = 90;
/** Octets of the files that are attached in all, where no links can be made. */
const mostAttached = 6_000_000;
/** Octets of what the HTML shows within itself, in all: each follower gets it in their mailbox. */
const mostInline = 1_000_000;

/** The texts of a notification, and the files that go with it. */
export interface Shown extends Pick<Texts, "html" | "text"> {
  readonly attachments: readonly Attachment[];
}

/**
 * What a notification shows of a message: its files are links to download them, so that a large one is stored once, not
 * in the mailbox of each follower. What the HTML shows within itself stays with it, up to 1 MB. Where no links can be made, files
 * are attached as long as they are small, and those left out are named.
 */
export async function show(
  ports: Pick<Ports, "store" | "vault" | "operator">,
  db: string,
  message: Pick<MessageRecord, "id" | "created_at">,
  texts: Pick<Texts, "html" | "text">,
  files: readonly Attachment[],
): Promise<Shown> {
  const numbered = files.map((file, n) => ({ file, n }));
  const shown = numbered.filter(({ file }) => isShown(file, texts.html));
  const inline = fitting(shown, ({ file }) => sizeOf(file), mostInline);
  const others = numbered.filter((one) => !inline.includes(one));
  const { public_url } = ports.operator;
  const attachments = inline.map(({ file }) => file);
  if (others.length === 0) return { ...texts, attachments };
  if (public_url === null) return attach(texts, attachments, files);
  const { token_key } = await Secret.open(ports, db);
  const until = Math.floor(Date.parse(message.created_at) / 1000) + openDays * 86_400;
  const links = others.map(({ file, n }): Linked => {
    const token = Link.make({ database: db, of: message.id, n, until }, token_key);
    return { filename: file.filename, url: `${public_url}/v1/files/${token}`, size: sizeOf(file) };
  });
  return { ...list(texts, links, until), attachments };
}

/** Whether the HTML shows it by its Content-ID (RFC 2392). */
function isShown({ content_id }: Attachment, html: string | null): boolean {
  if (content_id === undefined || html === null) return false;
  return [content_id, encodeURIComponent(content_id)].some((id) => html.includes(`cid:${id}`));
}

function attach(
  texts: Pick<Texts, "html" | "text">,
  inline: readonly Attachment[],
  files: readonly Attachment[],
): Shown {
  const left = mostAttached - inline.reduce((sum, file) => sum + sizeOf(file), 0);
  const others = files.filter((file) => !inline.includes(file));
  const fit = fitting(others, sizeOf, left);
  const kept = files.filter((file) => inline.includes(file) || fit.includes(file));
  const gone = files.filter((file) => !kept.includes(file));
  if (gone.length === 0) return { ...texts, attachments: kept };
  const words = `Not attached, for their size: ${gone.map(({ filename }) => filename).join(", ")}`;
  return { ...add(texts, words), attachments: kept };
}

/** Those that there is room for, in their order. @param room octets in all */
function fitting<T>(each: readonly T[], size: (one: T) => number, room: number): T[] {
  let left = room;
  return each.filter((one) => {
    const fits = size(one) <= left;
    if (fits) left -= size(one);
    return fits;
  });
}

const sizeOf = ({ content }: Attachment): number => Buffer.byteLength(content, "base64");
