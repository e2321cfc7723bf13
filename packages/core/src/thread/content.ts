import type { Attachment } from "../email/body.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import * as Packed from "./packed.ts";
import { type FileRecord, keptDays } from "./record.ts";

/** What a message says. */
export interface Texts {
  readonly html: string | null;
  readonly text: string | null;
  /** Message-Ids of the mail it answers, oldest first, with angle brackets. */
  readonly references: readonly string[];
}

/** A message's content ready to be stored: the texts with the message, the files by themselves. */
export interface Content {
  readonly texts: Packed.Packed;
  readonly files?: Packed.Packed;
}

/** Where the objects of a message's content are. */
const place = (db: string, id: string): string => `keep-${keptDays}d/${db}/${id}`;

/**
 * Makes the content of a message ready to be stored. Lists of messages show the texts, so they lie in the item as long
 * as they are small; files are an object always.
 * @param most bytes of the texts that the item takes; absent = as usual.
 */
export async function pack(
  db: string,
  id: string,
  { html, text, references }: Texts,
  files: readonly Attachment[],
  most?: number,
): Promise<Content> {
  const packed = await Packed.pack({ html, text, references }, `${place(db, id)}.text`, most);
  if (files.length === 0) return { texts: packed };
  return { texts: packed, files: await Packed.pack(files, `${place(db, id)}.files`, 0) };
}

/** What of the message's item holds its content, or leads to it. */
export const attributes = ({ texts, files }: Content) => ({
  ...Packed.attributes(texts),
  ...(files?.blob !== undefined && { files_blob: files.blob }),
});

/** Writes the objects of a content; before the item, which leads to them. */
export async function write(
  ports: Pick<Ports, "blobs" | "clock" | "random">,
  { texts, files }: Content,
): Promise<void> {
  await Promise.all([texts, ...(files ? [files] : [])].map((packed) => Packed.write(ports, packed)));
}

/** The texts of a message, by its item; undefined where they are gone. */
export const texts = (ports: Pick<Ports, "blobs">, item: Item): Promise<Texts | undefined> =>
  Packed.read<Texts>(ports, item);

/** The files of a message, by its item. */
export async function files(ports: Pick<Ports, "blobs">, item: Item): Promise<readonly Attachment[]> {
  if (item["files_blob"] === undefined) return [];
  return (await Packed.read<readonly Attachment[]>(ports, { blob: item["files_blob"] })) ?? [];
}

/** The objects of a message's content: they go with it. */
export const keysOf = ({ blob, files_blob }: Item): string[] =>
  [blob, files_blob].flatMap((key) => (typeof key === "string" ? [key] : []));

/** Of its files a message's item lists so many, of so many octets in all: its object has them all, as they are. */
const most = { files: 250, octets: 60_000, name: 255, id: 250 };

/** The files of a message as its item lists them: whoever writes a mail names its files as they like. */
export function listed(files: readonly Attachment[]): FileRecord[] {
  const found: FileRecord[] = [];
  let octets = 0;
  for (const file of files.slice(0, most.files)) {
    const { filename, content_id, ...rest } = fileOf(file);
    const known = content_id !== null && Buffer.byteLength(content_id) <= most.id ? content_id : null;
    const record = { filename: clip(filename), ...rest, content_id: known };
    octets += Buffer.byteLength(JSON.stringify(record));
    if (octets > most.octets) break;
    found.push(record);
  }
  return found;
}

/** The beginning of a file's name, and what follows its last dot. */
function clip(filename: string): string {
  if (Buffer.byteLength(filename) <= most.name) return filename;
  const extension = /\.[\w-]{1,20}$/.exec(filename)?.[0] ?? "";
  const start = Buffer.from(filename).subarray(0, most.name - extension.length);
  return `${start.toString("utf8").replace(/\ufffd+$/, "")}${extension}`;
}

/** A file as lists show it. */
export const fileOf = ({ filename, content, content_type, content_id }: Attachment): FileRecord => ({
  filename,
  content_type: content_type ?? "application/octet-stream",
  size: Buffer.byteLength(content, "base64"),
  content_id: content_id ?? null,
});
