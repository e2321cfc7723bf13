import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Api, startApi } from "./client.ts";
import { mailbox, mostly, spoiled, wire, word } from "./hostile.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const mailboxes = fc.oneof(mailbox, fc.array(mailbox, { minLength: 1, maxLength: 3 }));
const attachment = spoiled({ filename: word, content_type: mostly("image/png"), content_id: mostly("a@b") });
const tag = fc.record({ name: mostly("a"), value: mostly("b", "c") });

const mail = spoiled({
  from: mailbox,
  cc: mailboxes,
  bcc: mailboxes,
  reply_to: mailboxes,
  html: word,
  headers: fc.dictionary(mostly("X-A", "X-B", "X-C"), word, { maxKeys: 3 }),
  attachments: fc.array(
    fc.tuple(attachment, mostly("aGVsbG8=")).map(([spoiled, content]) => ({ content, ...spoiled })),
    { maxLength: 2 },
  ),
  tags: fc.array(tag, { maxLength: 2 }),
  kind: fc.constantFrom("transactional", "transactional", "mass"),
  creator: mailbox,
  message_id: mostly("<a@b.example>", "a@b.example"),
  scheduled_at: mostly("in 1 hour", "tomorrow at 9am"),
  expires_in: fc.integer({ min: -1, max: 2_592_001 }),
  list_unsubscribe: fc.boolean(),
});

/** The fields every mail needs are nearly always there: the rest is to be reached. */
const nearly = fc
  .tuple(mail, fc.record({ to: mailboxes, subject: word, text: word }))
  .map(([spoiled, needed]) => ({ ...needed, ...spoiled }));

/** Fields we write ourselves. */
const ours = new Set(
  "from to cc reply-to subject date message-id references in-reply-to mime-version content-type content-transfer-encoding content-disposition content-id list-unsubscribe list-unsubscribe-post precedence x-auto-response-suppress".split(
    " ",
  ),
);

/** The names of the fields in a message's head (RFC 5322 §2.2). */
const fieldNames = (mime: string): string[] =>
  (mime.split("\r\n\r\n")[0] ?? "")
    .split("\r\n")
    .filter((line) => !/^[ \t]/.test(line))
    .map((line) => line.split(":")[0]?.toLowerCase() ?? "");

it.each([1, 2, 3])(
  "R-REW-6 no body makes a 5xx, and none smuggles a header (emails %i)",
  { timeout: 240_000 },
  async () => {
    const { name, key } = await api.database(undefined, { daily_limit: 1_000_000 });
    await api.call(
      "POST",
      "/v1/servers",
      { name: "out", host: "smtp.company.com", from_filter: "company.com" },
      { key },
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(wire(nearly), fc.constantFrom("", "/preview", "/batch"), async (body, route) => {
        const text = route === "/batch" ? `[${body}]` : body;
        const { status, body: answer } = await api.call("POST", `/v1/emails${route}`, text, { key });
        expect(status).toBeLessThan(500);
        if (status !== 200 || route === "/preview") return;
        accepted++;
        const { id } = route === "/batch" ? (answer.data[0] ?? answer) : answer;
        const raw = await api.call("GET", `/v1/emails/${id}/raw`, undefined, { key });
        const asked = new Set(
          Object.keys((JSON.parse(body) as { headers?: object }).headers ?? {}).map((each) => each.toLowerCase()),
        );
        expect(fieldNames(raw.text).filter((field) => !ours.has(field) && !asked.has(field))).toEqual([]);
      }),
      { numRuns: 1_400 },
    );
    expect(accepted, name).toBeGreaterThan(100);
  },
);
