import * as Secret from "../database/secret.ts";
import type { Attachment, Stored } from "../email/body.ts";
import type { Head } from "../email/head.ts";
import { toMime } from "../email/message.ts";
import { tokened } from "../email/reply-to.ts";
import type { Ports } from "../ports/main.ts";
import * as Link from "./link.ts";
import { type Linked, list } from "./listing.ts";
import { note } from "./note.ts";

type Needs = Pick<Ports, "store" | "vault" | "operator">;

/** An attachment with its place among those of the email. */
type Numbered = Attachment & { readonly n: number };

/** What a part needs beside its content, and what an entry of the list needs, in bytes: a guess, checked by composing. */
const partBytes = 400;
const linkBytes = 900;

/**
 * The MIME of an email about to go out, within a size (R-SRV-7); where files became links, its timeline says so, once.
 * @param most bytes @param secrets opens those of the database, for links.
 */
export async function fit(
  ports: Needs & Pick<Ports, "clock">,
  head: Head,
  body: Stored,
  most: number,
  secrets = Secret.opening(ports, head.database),
): Promise<Uint8Array> {
  const { mime, linked } = await within(ports, head, body, most, secrets);
  if (linked.length > 0 && mime.length <= most) await note(ports, head, linked);
  return mime;
}

/** The MIME of an email within a size. */
export interface Fitted {
  /** Too large still where even without attachments it does not fit, or where no links are made. */
  readonly mime: Uint8Array;
  /** The names of the files that became links. */
  readonly linked: readonly string[];
}

/**
 * Makes the MIME of an email within a size (R-SRV-7): attachments that push it over become links to download them, the
 * rest stays. The same email and size give the same bytes, so that a retry is the same message (G3). Files are read
 * from the body of the email itself: a link holds as long as that is kept.
 * @param most bytes
 */
export async function within(
  ports: Needs,
  head: Pick<Head, "database" | "id" | "to" | "message">,
  stored: Stored,
  most: number,
  secrets = Secret.opening(ports, head.database),
): Promise<Fitted> {
  const body = await tokened(head, stored, secrets);
  const isMass = body.asked.kind === "mass";
  const own = isMass ? await (await import("../mass/field.ts")).fields(ports, head, body, secrets) : [];
  const mime = await toMime(body, own);
  const { public_url } = ports.operator;
  if (mime.length <= most || body.attachments.length === 0 || public_url === null) return { mime, linked: [] };
  const { token_key } = await secrets();
  const link = ({ n, filename, content }: Numbered): Linked => {
    const ref = { database: head.database, of: head.id, n, until: body.expires_at };
    return { filename, url: `${public_url}/v1/files/${Link.make(ref, token_key)}`, size: sizeOf({ content }) };
  };
  const numbered = body.attachments.map((attachment, n) => ({ ...attachment, n }));
  for (let kept = choose(numbered, most - bare(mime.length, numbered)); ; kept = kept.slice(0, -1)) {
    const gone = numbered.filter(({ n }) => !kept.some((one) => one.n === n));
    const texts = list(body, gone.map(link), body.expires_at);
    const stays = numbered.filter((one) => !gone.includes(one));
    const smaller = await toMime({ ...body, ...texts, attachments: stays }, own);
    if (smaller.length <= most || kept.length === 0)
      return { mime: smaller, linked: gone.map(({ filename }) => filename) };
  }
}

/** Those that stay: inline ones first, which the text shows, then in their order as long as there is room. */
function choose(attachments: readonly Numbered[], room: number): Numbered[] {
  let left = room;
  const inline = (one: Numbered) => one.content_id !== undefined || one.disposition === "inline";
  return [...attachments.filter(inline), ...attachments.filter((one) => !inline(one))].filter((one) => {
    const fits = encoded(one) <= left;
    left -= fits ? encoded(one) : linkBytes;
    return fits;
  });
}

/** The size of the message without its attachments. */
const bare = (whole: number, attachments: readonly Numbered[]): number =>
  whole - attachments.reduce((sum, one) => sum + encoded(one) - partBytes, 0);

/** Base64 in lines of 76 with CRLF (RFC 2045 §6.8), and the part's header. */
const encoded = ({ content }: Attachment): number => Math.ceil((content.length * 78) / 76) + partBytes;

const sizeOf = ({ content }: Pick<Attachment, "content">): number => Buffer.byteLength(content, "base64");
