import type { Field } from "../mass/field.ts";
import { loopTag } from "../mime/loop-tag.ts";
import type { Body } from "./body.ts";

/**
 * The MIME of an email: the same bytes at every try (R-REW-5). Bcc is never in it (R-REW-6).
 * @param own fields that this mail alone has: those of its List-Unsubscribe (R-KIND-3).
 */
export async function toMime(body: Body, own: readonly Field[] = []): Promise<Uint8Array> {
  if (body.raw !== undefined) return rewritten(body, body.raw, own);
  // The composer is a sixth of the API's bundle, and the API seldom shows a MIME
  const { compose } = await import("../mime/compose.ts");
  const { from, to, cc, reply_to, subject, html, text, message_id, date } = body;
  return compose({
    from,
    to,
    cc,
    reply_to,
    subject,
    ...(html !== null && { html }),
    ...(text !== null && { text }),
    headers: headers(body, own),
    attachments: body.attachments.map(({ content, ...attachment }) => ({
      ...attachment,
      content: Buffer.from(content, "base64"),
    })),
    message_id,
    date: new Date(date),
  });
}

async function rewritten(body: Body, raw: string, own: readonly Field[]): Promise<Uint8Array> {
  const { rewrite } = await import("../mime/rewrite.ts");
  const { from, reply_to, message_id, date, asked } = body;
  return rewrite(raw, {
    from,
    reply_to,
    message_id,
    date: new Date(date),
    kind: asked.kind,
    headers: headers(body, own),
  });
}

/** What marks mass mail as such (R-KIND-3). Not `All`: that asks Exchange for no delivery reports either, and we need them. */
const massHeaders = { Precedence: "bulk", "X-Auto-Response-Suppress": "OOF, AutoReply" };

/** The caller's headers, none of which are those of the kind. */
function headers(body: Body, own: readonly Field[]): Field[] {
  const ofKind = body.asked.kind === "mass" ? Object.entries(massHeaders) : notificationHeaders(body);
  return [...[...Object.entries(body.headers), ...ofKind].map(([name, value]) => ({ name, value })), ...own];
}

/** What marks a notification (R-NOT-4). No Auto-Submitted: the words are a person's, who is to be answered. */
const notificationHeaders = ({ notification }: Body): [name: string, value: string][] =>
  notification === undefined
    ? []
    : [
        ["References", notification.references.join(" ")],
        ["X-Auto-Response-Suppress", "OOF"],
        [loopTag, notification.loop],
      ];
