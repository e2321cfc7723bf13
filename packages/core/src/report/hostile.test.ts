import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { read } from "./read.ts";
import type { Report } from "./report.ts";

const folder = join(import.meta.dirname, "../../../../test/fixtures/reports");
const samples = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
const bob = "bob@example.net";

/** What whoever gets a report relies on. */
function assertSound(report: Report | null): void {
  if (report === null) return;
  expect(report.recipients.length).toBeGreaterThan(0);
  expect(report.recipients.length).toBeLessThanOrEqual(100);
  expect(report.message_ids.length).toBeLessThanOrEqual(4);
  for (const { address, action, status, diagnostic } of report.recipients) {
    expect(address ?? "a@b").toMatch(/^[^\s<>]{1,256}@[^\s<>]{1,256}$/u);
    expect(action === null).toBe(report.kind === "complaint");
    expect(status ?? "5.0.0").toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/);
    expect((diagnostic ?? "").length).toBeLessThanOrEqual(500);
    expect(diagnostic ?? "").not.toMatch(/[\r\n\0]/);
  }
}

const server = "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net\r\n";
const status =
  `${server}Content-Type: multipart/report; boundary=b\r\n\r\n` +
  "--b\r\nContent-Type: message/delivery-status\r\n\r\n";
const nested = (depth: number) =>
  Array.from({ length: depth }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join("");
const forwarded = (depth: number) =>
  "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n".repeat(depth);

describe("R-FAIL-4 reports of whoever likes to write one", () => {
  it("any octets are a sound report or none", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (raw) => assertSound(read(raw))));
    const words = fc.constantFrom(
      server,
      status,
      "Action: failed\r\n",
      "--b\r\n",
      "\r\n",
      "Final-Recipient: ",
      bob,
      "<",
      "(",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 30 }), (parts) =>
        assertSound(read(Buffer.from(parts.join("")))),
      ),
    );
  });

  it("so are samples with octets changed, cut off, or put together from two", () => {
    const sample = fc.constantFrom(...samples);
    const change = fc.tuple(fc.nat(5_000), fc.nat(255));
    const any = fc.tuple(sample, sample, fc.array(change, { maxLength: 20 }), fc.nat(5_000));
    fc.assert(
      fc.property(any, ([one, other, changes, end]) => {
        const raw = Buffer.concat([one.subarray(0, end), other.subarray(end)]);
        for (const [at, octet] of changes) if (at < raw.length) raw[at] = octet;
        assertSound(read(raw));
        assertSound(read(raw.subarray(0, end)));
      }),
      { numRuns: 500 },
    );
  });

  const mega = 1_048_576;
  it.each<[string, () => string]>([
    ["a header of 10 MB", () => `${server}X: ${"a".repeat(10 * mega)}\r\n\r\nhi`],
    ["a header of 300,000 fields", () => `${server}${"X: a\r\n".repeat(300_000)}\r\nhi`],
    ["a million parts", () => status + "--b\n".repeat(mega)],
    ["multiparts 10,000 deep", () => server + nested(10_000)],
    ["messages 5,000 deep", () => server + forwarded(5_000)],
    ["comments that never end", () => `${status}Final-Recipient: rfc822;${"(".repeat(mega)}`],
    ["100,000 groups", () => status + "Note: x\r\n\r\n".repeat(100_000)],
    ["HTML of open tags", () => `${server}Content-Type: text/html\r\n\r\n${"<a href=".repeat(mega / 8)}`],
    ["a text of addresses", () => `${server}\r\n${"<bob@example.net>:\r\n".repeat(60_000)}`],
    ["a text of headers", () => `${server}\r\n${"Subject: x\r\n".repeat(90_000)}`],
    ["parameters without an end", () => `${server}Content-Type: multipart/report; ${'boundary="\\'.repeat(90_000)}`],
  ])("%s: no report, and soon", (_, make) => {
    expect(read(Buffer.from(make()))).toBeNull();
  });

  it("of 50,000 recipients a hundred are told of", () => {
    const group = "Final-Recipient: rfc822; bob@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n";
    expect(read(Buffer.from(status + group.repeat(50_000)))?.recipients).toHaveLength(100);
  });
});
