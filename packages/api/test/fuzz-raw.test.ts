import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver } from "../../../test/support/database.ts";
import { type Sink, startSink } from "../../../test/support/sink.ts";
import { type Api, startApi } from "./client.ts";
import { text } from "./hostile.ts";

let api: Api;
let sink: Sink;
beforeAll(async () => {
  [api, sink] = await Promise.all([startApi(), startSink()]);
});
afterAll(async () => {
  await api.close();
  await sink.close();
});

const often = (honest: string[], weight = 12) =>
  fc.oneof({ weight, arbitrary: fc.constantFrom(...honest) }, { weight: 1, arbitrary: text });
const names = ["Subject", "X-A", "X-Long", "In-Reply-To", "References", "Content-Type", "Comments", "List-Id", "Date"];
const forbidden = [
  "Bcc",
  "Sender",
  "Return-Path",
  "Received",
  "Resent-To",
  "DKIM-Signature",
  "X-SES-Tenant",
  "X-Posthouse-A",
];
const harmless = ["a", "<a@b>", "Grüße", "x y ", "hello world", "a b c", "=?utf-8?Q?=0D=0ABcc:_victim@evil.example?="];
const nasty = [
  "a\r\nBcc: victim@evil.example",
  "a\rBcc: victim@evil.example",
  "a\nX-SES-Tenant: evil",
  "a\r\n b",
  "\r\n\t",
];
const value = often([...harmless, ...harmless, ...nasty], 20);
const field = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(often(names, 40), fc.constantFrom(": ", ":", ": ", ": ", ":  ", ": ", ": ", ": ", " :"), value),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...forbidden), fc.constant(": "), value) },
);
const line = field.map((parts) => parts.join(""));
const end = fc.constantFrom("\r\n", "\r\n", "\r\n", "\n", "\r");
const body = often([
  "Hello.",
  ".",
  "..\r\n.\r\n",
  "\r\n.\r\nMAIL FROM:<x@evil.example>\r\n",
  "\n.\nRCPT TO:<victim@evil.example>",
  "a\r\n\r\nBcc: x",
]);

/** A message: an honest frame, hostile fields in it, and sometimes an octet that is another. */
const message = fc
  .tuple(
    often(["From: a@company.com", 'From: "A" <a@company.com>', "From: x@evil.example", "Subject: none"], 30),
    often(
      [
        "To: bob@b.example",
        "To: Bob <bob@b.example>, c@d.example",
        "To: bob@b.example",
        "To: e@f.example",
        "To: undisclosed-recipients:;",
      ],
      30,
    ),
    fc.array(line, { maxLength: 3 }),
    body,
    end,
    fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.tuple(fc.nat(400), fc.nat(255)) }),
  )
  .map(([from, to, lines, body, end, spoil]) => {
    const bytes = Buffer.from([from, to, ...lines, "", body].join(end));
    if (spoil) bytes[spoil[0] % bytes.length] = spoil[1];
    return bytes;
  });

/** The fields of a message as any reader takes it apart, their names in lower case. */
const fieldNames = (raw: string): string[] =>
  (raw.split("\r\n\r\n")[0] ?? "")
    .split("\r\n")
    .filter((line) => !/^[ \t]/.test(line))
    .map((line) => line.split(":")[0]?.toLowerCase() ?? "");

it.each([1, 2, 3])(
  "G7 R-REW-6 no message makes a 5xx, and none smuggles a header or a recipient to the server (messages %i)",
  { timeout: 240_000 },
  async () => {
    const { key } = await api.database(undefined, { daily_limit: 1_000_000 });
    const setUp = { name: "out", host: "127.0.0.1", port: sink.port, encryption: "none" };
    await api.call("POST", "/v1/servers", setUp, { key });
    const before = sink.caught.length;
    const expected: string[][] = [];
    const to = fc.oneof(
      { weight: 3, arbitrary: fc.constant("") },
      { weight: 1, arbitrary: fc.constant("hidden@b.example") },
    );
    await fc.assert(
      fc.asyncProperty(message, to, async (bytes, to) => {
        const response = await api.app.request(`/v1/emails/raw${to && `?to=${to}`}`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "message/rfc822" },
          body: new Uint8Array(bytes),
        });
        expect(response.status, await response.clone().text()).toBeLessThan(500);
        if (response.status !== 200) return;
        const { id } = (await response.json()) as { id: string };
        const { body } = await api.call("GET", `/v1/emails/${id}`, undefined, { key });
        const recipients = body["recipients"] as { address: string }[];
        if (to !== "") expect(recipients.map(({ address }) => address)).toEqual([to]);
        expected.push(recipients.map(({ address }) => address).toSorted());
      }),
      { numRuns: 400 },
    );
    await deliver(api.machine);
    const caught = sink.caught.slice(before);
    expect(caught.length).toBeGreaterThan(120);
    expect(caught.map(({ recipients }) => recipients.toSorted().join()).toSorted()).toEqual(
      expected.map((each) => each.join()).toSorted(),
    );
    for (const { raw } of caught) {
      const found = fieldNames(raw);
      expect(
        found.filter((each) =>
          /^(?:bcc|sender|return-path|received|resent-.*|dkim-.*|x-ses-.*|x-posthouse-.*)$/.test(each),
        ),
      ).toEqual([]);
      expect(
        found.filter((each) => each === "from" || each === "message-id" || each === "references").toSorted(),
      ).toEqual(["from", "message-id", "references"]);
      expect(/^from:(.*)\r$/im.exec(raw)?.[1]).toMatch(/@[^@]*posthouse\.test>?$/);
    }
  },
);
