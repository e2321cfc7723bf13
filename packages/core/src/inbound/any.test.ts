import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mutants } from "../../../../test/fixtures/mail/mutant.ts";
import { type Content, excerpt, type Part, read } from "./content.ts";

const isSound = ({ filename, content_type, content_id }: Part): boolean =>
  /^[^/\\\p{Cc}\u202a-\u202e\u2066-\u2069]{1,255}$/u.test(filename) &&
  /^[^.\s](?:.*\S)?$/su.test(filename) &&
  filename.isWellFormed() &&
  /^[^\s/;A-Z]+\/[^\s/;A-Z]+$/.test(content_type) &&
  /^[^<>\s]{1,500}$/.test(content_id ?? "x");

/** What whoever gets it relies on. */
function assertSound(content: Content, size: number): void {
  for (const text of [content.text, content.html]) {
    expect(text?.isWellFormed() ?? true).toBe(true);
    expect(text ?? "").not.toMatch(/[\0\r]/);
    expect(Buffer.byteLength(text ?? "")).toBeLessThanOrEqual(1_048_576);
  }
  expect(excerpt(content)?.length ?? 1).toBeGreaterThan(0);
  expect(content.files.length).toBeLessThanOrEqual(1_000);
  // of a thousand files an expectation each takes seconds
  expect(content.files.filter((file) => !isSound(file))).toEqual([]);
  const octets = content.files.reduce((sum, file) => sum + file.content.length, 0);
  expect(octets).toBeLessThanOrEqual(size);
}

/** The same for the same: to compare files octet by octet takes longer than to read them. */
const print = ({ files, ...said }: Content): string => {
  const hash = createHash("sha256").update(JSON.stringify(said));
  for (const { content, ...file } of files) hash.update(JSON.stringify(file)).update(content);
  return hash.digest("hex");
};

describe("R-IN whatever comes in", () => {
  it("is read as something sound, and twice as the same", () => {
    fc.assert(
      fc.property(mutants, (raw) => {
        const before = Buffer.from(raw);
        const content = read(raw);
        assertSound(content, raw.length);
        expect(print(read(raw))).toBe(print(content));
        expect(raw.equals(before)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is read the same wherever in memory it lies", () => {
    fc.assert(
      fc.property(mutants, (raw) => {
        const around = Buffer.concat([Buffer.from("--b\r\n"), raw, Buffer.from("\r\n--b--")]);
        expect(print(read(around.subarray(5, 5 + raw.length)))).toBe(print(read(raw)));
      }),
    );
  });
});
