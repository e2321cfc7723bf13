import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compose } from "../mime/compose.ts";
import { read } from "./content.ts";

const said = fc
  .string({
    unit: fc.oneof(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
      fc.constantFrom("\n", " ", "=", "--", "begin 644 x\n", "<", "&", ".", "From "),
    ),
    maxLength: 400,
  })
  .map((text) => `x${text.replace(/[\r\0]/g, "")}.`);
const name = fc
  .string({ unit: "grapheme", maxLength: 60 })
  .map((text) => `f${text.replace(/[\p{C}\p{Zl}\p{Zp}/\\]|=\?/gu, "").trim()}.bin`);
const file = fc.record(
  { filename: name, content: fc.uint8Array({ maxLength: 2_000 }), content_id: fc.stringMatching(/^[\w@.]{1,30}$/) },
  { requiredKeys: ["filename", "content"] },
);

const message = {
  from: '"Mary" <mary@acme.example>',
  to: ["bob@other.example"],
  cc: [],
  reply_to: [],
  subject: "Hello",
  headers: [],
  message_id: "<em_1@acme.example>",
  date: new Date("2026-11-23T07:00:00Z"),
};

describe("R-IN a mail as Posthouse writes it", () => {
  it("is read as it was written", async () => {
    const any = fc.record({
      text: fc.option(said),
      html: fc.option(said),
      attachments: fc.array(file, { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(any, async ({ text, html, attachments }) => {
        const words = { ...(text !== null && { text }), ...(html !== null && { html }) };
        const content = read(await compose({ ...message, ...words, attachments }));
        expect([content.text, content.html, content.cut]).toEqual([text, html, null]);
        const print = (file: { filename: string; content: Uint8Array; content_id?: string | null }) =>
          JSON.stringify([file.filename, [...file.content], file.content_id ?? null]);
        // those the HTML may show stand before the others
        expect(new Set(content.files.map(print))).toEqual(new Set(attachments.map(print)));
        expect(content.files).toHaveLength(attachments.length);
      }),
      { numRuns: 200 },
    );
  });
});
