import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** A process of its own: what it has ever held, and its own time, whoever else is busy. */
const script = `
import { read } from ${JSON.stringify(join(import.meta.dirname, "content.ts"))};
const [head, unit, times] = JSON.parse(process.argv[1]);
const size = Math.floor((40 * 1024 * 1024) / times);
const raw = Buffer.alloc(size * times);
const next = "\\r\\n--b\\r\\nContent-Type: image/png\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n";
for (let n = 0; n < times; n++) {
  const begun = n * size + raw.write(n === 0 ? head : next, n * size, "latin1");
  raw.fill(Buffer.from(unit, "latin1"), begun, (n + 1) * size);
}
const before = process.resourceUsage().maxRSS;
const started = process.cpuUsage();
const { text, html, files, cut } = read(raw);
const { user, system } = process.cpuUsage(started);
const grown = Math.round((process.resourceUsage().maxRSS - before) / 1024);
const octets = files.reduce((sum, { content }) => sum + content.length, 0);
process.stdout.write(JSON.stringify({ ms: (user + system) / 1000, grown, text: text?.length, html: html?.length, files: files.length, octets, cut: cut !== null }));
`;

interface Taken {
  /** Of the processor. */
  readonly ms: number;
  /** MB beside the mail. */
  readonly grown: number;
  readonly text?: number;
  readonly html?: number;
  readonly files: number;
  readonly octets: number;
  readonly cut: boolean;
}

const [mega, whole] = [1_048_576, 40 * 1_048_576];
const parts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
const within = (boundary: (n: number) => string) =>
  Array.from(
    { length: 19 },
    (_, n) => `Content-Type: multipart/mixed; boundary="${boundary(n)}"\r\n\r\n--${boundary(n)}\r\n`,
  ).join("");
const encoded = (encoding: string, type = "application/pdf") =>
  `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
const line = `${"QUJD".repeat(19)}\r\n`;

/** Name, what the mail begins with, what it then consists of, what it gives, how often. */
const cases: readonly [string, string, string, Partial<Taken>, times?: number][] = [
  ["one file in base64", encoded("base64"), line, { files: 1, cut: false }],
  ["1,000 files in base64", `${parts}${encoded("base64")}`, line, { files: 1_000, cut: false }, 1_000],
  ["a text in base64", encoded("base64", "text/plain"), line, { text: mega, cut: true }],
  ["rubbish for base64", encoded("base64"), "=*", { files: 1, octets: 0 }],
  ["rubbish for quoted-printable", encoded("quoted-printable"), "= \t", { files: 1 }],
  ["soft line breaks", encoded("quoted-printable", "text/html"), "=\r\n", { cut: false }],
  ["delimiters", parts, "--b\n", { files: 0, cut: true }],
  ["almost delimiters", parts, "--c\n", { text: mega }],
  ["almost delimiters of 19 multiparts", within((n) => `a${String.fromCharCode(97 + n)}`), "--a_\n", { text: mega }],
  ["dashes", within((n) => "-".repeat(60 + n)), `${"-".repeat(90)}\n`, { text: mega }],
  ["empty lines", parts, "\n", { files: 0, cut: false }],
  ["CR", "Subject: x\r", "\r", { files: 0, cut: false }],
  ["angle brackets", "Content-Type: text/html\r\n\r\n", "<", { html: mega, cut: true }],
  ["a header of one field", "Content-Type: text/plain;", " a=b;", { files: 0 }],
  ["a header of lines that go on", "Content-Type: text/plain;", "\n a=b;", { files: 0 }],
  ["a header of 1.3 million fields", "", "Content-Type: text/plain; b=c\r\n", { files: 0 }],
  ["beginnings of uuencoded files", "\r\n", "begin 644 x\n", { text: mega }],
  ["a uuencoded file", "\r\nbegin 644 x\n", "#0V%T\n", { files: 1 }],
  ["a uuencoded file of nothing", "\r\nbegin 644 x\n", "M\n", { files: 0, text: mega }],
  ["quotes, brackets and escapes", `${parts}Content-Disposition: attachment; filename="`, '\\"(', { files: 1 }],
];

describe("R-IN a mail of 40 MB", () => {
  it.each(cases)("of %s takes seconds, and no three times its size", (_, head, unit, gives, times = 1) => {
    const argument = JSON.stringify([head, unit, times]);
    const node = ["--input-type=module", "--eval", script, argument];
    const taken = JSON.parse(execFileSync(process.execPath, node, { encoding: "utf8" })) as Taken;
    expect(taken).toMatchObject(gives);
    expect(taken.octets).toBeLessThanOrEqual(whole);
    expect(taken.grown).toBeLessThan(120);
    // one to two by itself; what is not linear would take minutes
    expect(taken.ms).toBeLessThan(15_000);
  });
});
