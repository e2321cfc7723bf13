import { erased } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item } from "../ports/store.ts";
import * as Content from "../thread/content.ts";
import * as Message from "../thread/message.ts";
import type { MessageRecord } from "../thread/record.ts";
import { masked, type Needle } from "./needle.ts";

type Needs = Pick<Ports, "store" | "blobs" | "clock" | "random">;

/**
 * Takes an address out of a message of a thread. What was said stays, for it is part of what others have said there and
 * of the record; but nobody can say any more who said it, and the address is masked wherever it stands. What is in files
 * is not looked into. The item goes last: what was cut short is found again.
 * @returns whether it was there.
 */
export async function eraseMessage(ports: Needs, db: string, item: Item, needle: Needle): Promise<boolean> {
  const record = Message.fromItem(item);
  const texts = await Content.texts(ports, item);
  const isTheirs = needle.names(record.author.address);
  if (!isTheirs && !needle.isIn(JSON.stringify([record, texts]))) return false;
  if (texts && needle.isIn(JSON.stringify([texts, record.files.map(({ filename }) => filename)])))
    await rewrite(ports, db, item, record, needle);
  if (needle.isIn(record.message_id))
    await ports.store.write({ delete: keys.messageId(db, record.message_id, record.id) });
  const { subject, excerpt, files, message_id, author } = record;
  const set = {
    ...masked(needle, { subject, excerpt, files, message_id }),
    author: isTheirs ? { name: null, address: erased } : masked(needle, author),
  };
  await update(ports, item, set);
  return true;
}

/** The content anew, its objects where they were: one that moved into its item would leave behind what it said before. */
async function rewrite(ports: Needs, db: string, item: Item, { id }: MessageRecord, needle: Needle): Promise<void> {
  const texts = await Content.texts(ports, item);
  if (!texts) return;
  const files = (await Content.files(ports, item)).map((file) => ({ ...file, filename: needle.mask(file.filename) }));
  const most = item["blob"] === undefined ? undefined : 0;
  const content = await Content.pack(db, id, masked(needle, texts), files, most);
  await Content.write(ports, content);
  const attributes = Content.attributes(content);
  await update(
    ports,
    item,
    attributes,
    ["data", "blob", "files_blob"].filter((name) => !(name in attributes)),
  );
}

async function update(
  { store }: Needs,
  { pk, sk }: Item,
  set: Record<string, unknown>,
  remove: readonly string[] = [],
): Promise<void> {
  try {
    await store.write({ update: { pk, sk }, set, remove, if: "attribute_exists(pk)" });
  } catch (error) {
    // Its thread is deleted meanwhile
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
