import fc from "fast-check";
import PostalMime from "postal-mime";
import { describe, expect, it } from "vitest";
import { compose, type MimeMessage } from "./compose.ts";

const plain: MimeMessage = {
  from: '"Mary" <notifications@acme.example>',
  to: ["bob@other.example"],
  cc: [],
  reply_to: ["catchall@acme.example"],
  subject: "Hello",
  text: "Hi Bob\n",
  headers: [],
  attachments: [],
  message_id: "<em_1@acme.example>",
  date: new Date("2026-11-23T07:00:00Z"),
};

const wire = async (change: Partial<MimeMessage> = {}) =>
  Buffer.from(await compose({ ...plain, ...change })).toString("latin1");
const parse = async (change: Partial<MimeMessage> = {}) => PostalMime.parse(await compose({ ...plain, ...change }));

/** The header block's fields as `name: value`, unfolded. */
const fields = (raw: string) => (raw.split("\r\n\r\n")[0] ?? "").replace(/\r\n(?=[ \t])/g, "").split("\r\n");
const field = (raw: string, name: string) =>
  fields(raw).filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));

/** RFC 5322 §2.1.1, §2.3 and RFC 2045 §2.7 at once: what every hop takes. */
function assertSevenBit(raw: string): void {
  expect([...Buffer.from(raw, "latin1")].filter((octet) => octet === 0 || octet > 127)).toEqual([]);
  expect(raw).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
  for (const line of raw.split("\r\n")) expect(line.length).toBeLessThanOrEqual(998);
}

describe("compose", () => {
  it("writes a plain text message with nothing that was not asked for", async () => {
    expect(await wire()).toBe(
      [
        "Message-ID: <em_1@acme.example>",
        'From: "Mary" <notifications@acme.example>',
        "To: bob@other.example",
        "Reply-To: catchall@acme.example",
        "Subject: Hello",
        "References: <em_1@acme.example>",
        "Date: Mon, 23 Nov 2026 07:00:00 +0000",
        "Content-Transfer-Encoding: 7bit",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Hi Bob",
        "",
      ].join("\r\n"),
    );
  });

  it("takes a message without a body", async () => {
    const { text: _, ...empty } = plain;
    const mail = await PostalMime.parse(await compose({ ...empty, subject: "" }));
    expect([mail.subject, mail.text, mail.from?.address]).toEqual([undefined, undefined, "notifications@acme.example"]);
  });

  it("G3 gives the same bytes for the same message, others for another", async () => {
    const rich = { html: "<p>é</p>", attachments: [{ filename: "a.bin", content: new Uint8Array([1, 2]) }] };
    expect(await wire(rich)).toBe(await wire(rich));
    const boundary = (raw: string) => /boundary="([^"]+)"/.exec(raw)?.[1];
    expect(boundary(await wire(rich))).not.toBe(boundary(await wire({ ...rich, text: "Hi Bob!" })));
  });

  it("writes html and text as alternatives, images with a content id beside the html, files after both", async () => {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0]);
    const change = {
      html: '<p>Grüße <img src="cid:logo"></p>',
      attachments: [
        { filename: "logo.png", content: png, content_type: "image/png", content_id: "logo" },
        { filename: "Rechnung für Müller.pdf", content: new Uint8Array([37, 80, 68, 70]) },
      ],
    };
    const raw = await wire(change);
    expect(raw.match(/multipart\/\w+/g)).toEqual(["multipart/mixed", "multipart/alternative", "multipart/related"]);
    const mail = await parse(change);
    expect(mail.html).toContain('<p>Grüße <img src="cid:logo"></p>');
    expect(mail.text).toContain("Hi Bob");
    expect(
      mail.attachments.map(({ filename, mimeType, contentId, disposition }) => [
        filename,
        mimeType,
        contentId,
        disposition,
      ]),
    ).toEqual([
      ["logo.png", "image/png", "<logo>", "inline"],
      ["Rechnung für Müller.pdf", "application/pdf", undefined, "attachment"],
    ]);
    expect(new Uint8Array(mail.attachments[0]?.content as ArrayBuffer)).toEqual(png);
  });

  it("writes line breaks of every kind as CRLF and encodes lines that are too long", async () => {
    const raw = await wire({ text: `a\rb\nc\r\nd ${"x".repeat(3000)}` });
    assertSevenBit(raw);
    expect((await parse({ text: "a\rb\nc\r\nd" })).text?.trim()).toBe("a\nb\nc\nd");
  });

  it("keeps dots, From lines and trailing blanks of a body", async () => {
    const text = ".\n..\nFrom me\nblank \n";
    expect((await parse({ text })).text).toBe(text);
    expect((await parse({ text: `${text}é` })).text?.trimEnd()).toBe(`${text}é`);
  });

  it("shortens a file name no header line could hold, not its extension", async () => {
    const attachments = [{ filename: `${"x".repeat(5000)}.pdf`, content: Buffer.from("x") }];
    expect((await parse({ attachments })).attachments[0]?.filename).toBe(`${"x".repeat(251)}.pdf`);
  });

  it("writes IDN domains as A-labels", async () => {
    const raw = await wire({ to: ["Jürgen <bob@müller.example>"], reply_to: ["x@müller.example"] });
    expect(field(raw, "To")).toEqual(["To: =?UTF-8?Q?J=C3=BCrgen?= <bob@xn--mller-kva.example>"]);
    expect(field(raw, "Reply-To")).toEqual(["Reply-To: x@xn--mller-kva.example"]);
  });

  it("sends a message attached as it is where it is 7bit, else as a file of bytes", async () => {
    const eml = (text: string) => [{ filename: "m.eml", content: Buffer.from(text), content_type: "message/rfc822" }];
    expect(await wire({ attachments: eml("Subject: x\r\n\r\nhi\r\n") })).toContain("Subject: x\r\n\r\nhi\r\n");
    for (const text of ["Subject: x\n\nhi", "Subject: é\r\n\r\n", `a: ${"x".repeat(999)}`, "a\0b"]) {
      const raw = await wire({ attachments: eml(text) });
      assertSevenBit(raw);
      expect((await PostalMime.parse(raw)).attachments[0]?.mimeType).toBe("application/octet-stream");
    }
  });

  it("takes no container and no malformed type from an attachment", async () => {
    for (const content_type of ["multipart/mixed; boundary=x", "text", "text/plain\r\nX-Evil: 1", 'a/b; c="\r\n"']) {
      const attachments = [{ filename: "f.bin", content: Buffer.from("--x\r\n\r\nhi"), content_type }];
      const raw = await wire({ attachments });
      expect(raw).not.toContain("X-Evil");
      expect((await PostalMime.parse(raw)).attachments.map((file) => file.mimeType)).toEqual([
        "application/octet-stream",
      ]);
    }
    const invite = { filename: "i.ics", content: Buffer.from("BEGIN"), content_type: "text/calendar; method=REQUEST" };
    expect(await wire({ attachments: [invite] })).toMatch(/^Content-Type: text\/calendar; method=REQUEST; name=i.ics/m);
  });

  it("R-REW-5 ends References with our id, after the caller's", async () => {
    const own = "<em_1@acme.example>";
    const change = {
      references: ["<a@x>"],
      in_reply_to: "<b@x>",
      headers: [{ name: "References", value: `<b@x> junk ${own}` }],
    };
    const raw = await wire(change);
    expect(field(raw, "References")).toEqual([`References: <a@x> <b@x> ${own}`]);
    expect(field(raw, "In-Reply-To")).toEqual(["In-Reply-To: <b@x>"]);
    const headers = [{ name: "in-reply-to", value: "<c@x>" }];
    expect(field(await wire({ headers }), "In-Reply-To")).toEqual(["In-Reply-To: <c@x>"]);
    const many = Array.from({ length: 60 }, (_, n) => `<${"i".repeat(60)}${n}@x>`);
    expect(field(await wire({ references: many }), "References")).toEqual([`References: ${[...many, own].join(" ")}`]);
  });

  it("R-REW-1 quotes and escapes a name, RFC 2047 outside ASCII", async () => {
    expect(field(await wire({ from: '"Ma\\"ry, \\\\ <a>" <n@acme.example>' }), "From")).toEqual([
      'From: "Ma\\"ry, \\\\ <a>" <n@acme.example>',
    ]);
    const raw = await wire({ from: '"Zoë 漢字" <n@acme.example>' });
    expect(field(raw, "From")[0]).toMatch(/^From: =\?UTF-8\?[QB]\?[!-~]+\?= <n@acme\.example>$/);
    expect((await parse({ from: '"Zoë 漢字" <n@acme.example>' })).from?.name).toBe("Zoë 漢字");
  });

  it("R-REW-6 writes the caller's headers to the letter, and never a Bcc", async () => {
    const headers = [
      { name: "X-MyHeader", value: 'a "b"; c={"d":1}' },
      { name: "List-Id", value: '"News" <news.acme.example>' },
      { name: "X-Empty", value: " " },
    ];
    const raw = await wire({ headers });
    expect(field(raw, "X-MyHeader")).toEqual(['X-MyHeader: a "b"; c={"d":1}']);
    expect(field(raw, "List-Id")).toEqual(['List-Id: "News" <news.acme.example>']);
    expect(field(raw, "X-Empty")).toEqual([]);
    expect(field(raw, "Bcc")).toEqual([]);
    expect(field(raw, "X-Mailer")).toEqual([]);
  });
});

describe("compose, of anything", () => {
  const unicode = fc.string({ unit: "binary", maxLength: 300 });
  const odd = fc.oneof(
    unicode,
    fc.string({ maxLength: 2000 }),
    fc.constantFrom("=?utf-8?q?a?=", "a\r\nBcc: x@y.example", "x".repeat(5000), "\u{1f600}".repeat(400)),
  );
  const names = fc.stringMatching(/^X-[!-9;-~]{1,60}$/);

  it("R-REW-6 smuggles no header and stays within what every hop takes", async () => {
    const headers = fc.array(fc.record({ name: names, value: odd }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(odd, odd, headers, odd, async (subject, html, extra, filename) => {
        const raw = await wire({
          subject,
          html,
          headers: extra,
          attachments: [{ filename, content: Buffer.from(html) }],
        });
        assertSevenBit(raw);
        const known = [
          "Message-ID",
          "From",
          "To",
          "Reply-To",
          "Subject",
          "References",
          "Date",
          "MIME-Version",
          "Content-Type",
          "Content-Transfer-Encoding",
        ];
        const allowed = new Set([...known, ...extra.map(({ name }) => name)]);
        const seen = fields(raw).map((line) => line.slice(0, line.indexOf(":")));
        expect(seen.filter((name) => !allowed.has(name))).toEqual([]);
        for (const name of known) expect(seen.filter((other) => other === name).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  it("comes back from a parser as it went in", async () => {
    const clean = (text: string) => text.toWellFormed().replace(/[\r\n\0]+/g, " ");
    const words = fc.string({
      unit: fc.oneof(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
        fc.constantFrom(" ", "=?", '"', "<", ",", "\\"),
      ),
      maxLength: 120,
    });
    const bytes = fc.uint8Array({ maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(words, words, words, bytes, async (subject, name, body, content) => {
        const text = `${clean(body).trim()}.`;
        const quoted = `"${clean(name).replace(/\p{C}/gu, " ").replace(/["\\]/g, "\\$&")}" <a@acme.example>`;
        const filename = `${clean(body).replace(/\p{C}/gu, " ").trim()}f.bin`;
        const mail = await parse({
          subject: `s ${clean(subject)}.`,
          to: [quoted],
          text,
          html: `<p>${text}`,
          attachments: [{ filename, content }],
        });
        expect(mail.subject).toBe(`s ${clean(subject)}.`);
        expect(mail.text?.trimEnd()).toBe(text);
        expect(mail.html?.trimEnd()).toBe(`<p>${text}`);
        expect(mail.to?.map((to) => to.address)).toEqual(["a@acme.example"]);
        expect(mail.attachments.map((file) => file.filename)).toEqual([filename]);
        expect(new Uint8Array(mail.attachments[0]?.content as ArrayBuffer)).toEqual(content);
      }),
      { numRuns: 200 },
    );
  });
});
