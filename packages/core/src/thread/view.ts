import type { Id } from "../id.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import * as Content from "./content.ts";
import * as Message from "./message.ts";
import type { Notifications, Shown } from "./notifications.ts";
import type { Author, FileRecord, RecordRef, ThreadRecord } from "./record.ts";

/** A message as the application sees it. */
export interface MessageView {
  readonly id: Id<"message">;
  readonly thread: RecordRef;
  readonly author: Author;
  /** False = the mail it came in by says so, and nothing proves it. */
  readonly author_verified: boolean;
  readonly subject: string | null;
  readonly subtype: string;
  /** With its angle brackets. */
  readonly message_id: string;
  readonly html: string | null;
  readonly text: string | null;
  /** Something of `html` or `text` is left out here, for it is too much. */
  readonly cut: boolean;
  /** Its files, with their place: what they are asked for by. */
  readonly attachments: readonly (FileRecord & { readonly n: number })[];
  /** The mail it came in by; null = it was posted. */
  readonly received_id: Id<"received"> | null;
  readonly created_at: string;
  /** One of its emails is in the red envelope (R-FAIL-3). */
  readonly attention: boolean;
  readonly notifications: Notifications;
}

/** How much of each text is shown, in octets: an answer is of 6 MB at most, and JSON may double what it carries. */
export const limits = { list: 100_000, one: 1_000_000 } as const;

/** A message with its texts and what became of telling it. In a list, texts that are an object are a line of them. */
export async function view(
  ports: Pick<Ports, "blobs">,
  { model, record_id }: ThreadRecord,
  item: Item,
  shown: Shown | undefined,
  as: keyof typeof limits,
): Promise<MessageView> {
  const record = Message.fromItem(item);
  const { id, author, author_verified, subject, subtype, message_id, files, received, created_at } = record;
  return {
    id,
    thread: { model, record_id },
    author,
    author_verified,
    subject,
    subtype,
    message_id,
    ...(await texts(ports, item, record.excerpt, as)),
    attachments: files.map((file, n) => ({ n, ...file })),
    received_id: received,
    created_at,
    attention: shown?.attention ?? false,
    notifications: shown?.notifications ?? nobody,
  };
}

/** Nobody was to be told. */
const nobody: Notifications = {
  ...{ emails: 0, held: 0, inbox: 0, pending: 0, not_sent: [], not_sent_count: 0 },
  data: [],
  has_more: false,
};

async function texts(
  ports: Pick<Ports, "blobs">,
  item: Item,
  excerpt: string,
  as: keyof typeof limits,
): Promise<Pick<MessageView, "html" | "text" | "cut">> {
  if (as === "list" && item["blob"] !== undefined) return { html: null, text: excerpt, cut: true };
  const read = await Content.texts(ports, item);
  const whole = { html: read?.html ?? null, text: read?.text ?? null };
  const short = { html: cut(whole.html, limits[as]), text: cut(whole.text, limits[as]) };
  return { ...short, cut: short.html !== whole.html || short.text !== whole.text };
}

/** The first so many octets of a text; no character is cut in two. */
function cut(text: string | null, most: number): string | null {
  if (text === null || Buffer.byteLength(text) <= most) return text;
  return Buffer.from(text)
    .subarray(0, most)
    .toString("utf8")
    .replace(/\ufffd+$/, "");
}
