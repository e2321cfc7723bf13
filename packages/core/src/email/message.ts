import type { Body } from "./body.ts";

/** The MIME of an email: the same bytes at every try (R-REW-5). Bcc is never in it (R-REW-6). */
export async function toMime(body: Body): Promise<Uint8Array> {
  if (body.raw !== undefined) return rewritten(body, body.raw);
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
    headers: headers(body),
    attachments: body.attachments.map(({ content, ...attachment }) => ({
      ...attachment,
      content: Buffer.from(content, "base64"),
    })),
    message_id,
    date: new Date(date),
  });
}

async function rewritten(body: Body, raw: string): Promise<Uint8Array> {
  const { rewrite } = await import("../mime/rewrite.ts");
  const { from, reply_to, message_id, date, asked } = body;
  return rewrite(raw, { from, reply_to, message_id, date: new Date(date), kind: asked.kind, headers: headers(body) });
}

/** What marks mass mail as such (R-KIND-3). */
const massHeaders = { Precedence: "bulk", "X-Auto-Response-Suppress": "All" };

/** The caller's headers, none of which are those of the kind. */
function headers({ headers: given, asked }: Body): { name: string; value: string }[] {
  const own = asked.kind === "mass" ? Object.entries(massHeaders) : [];
  return [...Object.entries(given), ...own].map(([name, value]) => ({ name, value }));
}
