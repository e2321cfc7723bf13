import fc from "fast-check";

/** Text that means harm, or that something stumbles over. */
const nasty = fc.constantFrom(
  "\r\nBcc: victim@evil.example",
  "a\r\n\r\nbody",
  "a\nX-Ses-Tenant: other",
  "\u0000",
  "\ud800",
  "a\udc00b",
  "\u2028\u2029\u0085",
  "=?utf-8?B?DQpCY2M6IHhAZXZpbC5leGFtcGxl?=",
  "=?utf-8?Q?=0D=0ABcc:_x@evil.example?=",
  '"a\\" <x@evil.example>, "<b@b.example>',
  "a@b.example, c@d.example",
  "group: a@b.example;",
  "(((((((((((",
  "<<<>>>",
  "@",
  "a@@b",
  "a@[127.0.0.1]",
  "a@b.example\u0000",
  "用户@例え.テスト",
  "\u202emoc.elpmaxe@a",
  "__proto__",
  "constructor",
  "toString",
  "DUE#0",
  "MAIL#db_x#em_x",
  "-----BEGIN CERTIFICATE-----",
  "../../etc/passwd",
  "${7*7}{{7*7}}",
  "x".repeat(2_000),
  `${"a".repeat(64)}@${"b".repeat(63)}.example`,
);

const good = fc.constantFrom(
  "bob@b.example",
  "Bob <bob@b.example>",
  '"Bob, Jr." <bob@b.example>',
  "hello",
  "company.com",
  "Grüße aus Köln 🎉",
  "",
);

/** Any text: honest, hostile, or by chance. */
export const text = fc.oneof(good, nasty, fc.string({ unit: "binary", maxLength: 60 }), fc.string({ maxLength: 60 }));

/** Mostly honest: a mail with one wrong field is worth more than one where all are. */
export const mostly = (...honest: string[]) =>
  fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...honest) }, { weight: 1, arbitrary: text });
/** A harmless word, mostly. */
export const word = mostly("hello", "Grüße aus Köln 🎉", "a/b;c", "");
/** A mailbox, mostly. */
export const mailbox = mostly(
  "bob@b.example",
  "Bob <c@d.example>",
  '"Bob, Jr." <e@f.example>',
  "用户 <a@例え.example>",
);
/** Any JSON value. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, true, false, 0, -1, 25, 1.5, 1e308, Number.MAX_SAFE_INTEGER, [], {}),
  fc.array(text, { maxLength: 4 }),
  fc.dictionary(text, text, { maxKeys: 3 }),
);

/** A body with some of its fields replaced by anything, some left out, and perhaps one that is unknown. */
export function spoiled(valid: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(valid).map(([name, arbitrary]) =>
    fc.oneof(
      { weight: 20, arbitrary: arbitrary.map((value) => [[name, value]]) },
      { weight: 1, arbitrary: anything.map((value) => [[name, value]]) },
      { weight: 20, arbitrary: fc.constant([]) },
    ),
  );
  const unknown = fc.oneof(
    { weight: 15, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.tuple(text, anything).map((entry) => [entry]) },
  );
  return fc.tuple(...fields, unknown).map((entries) => Object.fromEntries(entries.flat() as [string, unknown][]));
}

/** A body as it is sent: mostly JSON, sometimes cut short. */
export const wire = (body: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 20, arbitrary: body.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.tuple(body, fc.nat(200)).map(([value, end]) => JSON.stringify(value).slice(0, end)) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 100 }) },
  );
