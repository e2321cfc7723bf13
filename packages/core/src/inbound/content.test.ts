import { describe, expect, it } from "vitest";
import { groups } from "../../../../test/fixtures/mail/all.ts";
import type { Sample } from "../../../../test/fixtures/mail/sample.ts";
import { excerpt, type Part, read } from "./content.ts";

const told = ({ filename, content_type, content_id, disposition, content }: Part) =>
  `${filename} | ${content_type} | ${content_id === null ? disposition : `${disposition} ${content_id}`} | ${content.toString("latin1")}`;

const assertRead = ({ raw, text, html, files, cut }: Sample) => {
  const content = read(raw);
  expect(content.text).toBe(text ?? null);
  expect(content.html).toBe(html ?? null);
  expect(content.files.map(told)).toEqual(files ?? []);
  expect(content.cut !== null).toBe(cut ?? false);
};

describe.each(groups)("R-IN an awkward mail %s is read", (_, samples) => {
  it.each(samples.map((sample) => [sample.name, sample] as const))("%s", (_name, sample) => assertRead(sample));
});

describe("R-IN a mail that is too much", () => {
  const of = (body: string) => read(Buffer.from(body, "latin1"));

  it("says of what there was more", () => {
    const parts = "--b\r\n\r\n".repeat(1_001);
    expect(of(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${parts}`).cut).toBe(
      "Only the first 1000 parts of the mail were read.",
    );
    expect(of(`\r\n${"x".repeat(1_048_577)}`).cut).toBe("Only the first 1048576 octets of the text were read.");
    expect(of(`Content-Type: text/html\r\n\r\n${"x".repeat(1_048_577)}`).cut).toBe(
      "Only the first 1048576 octets of the HTML were read.",
    );
    expect(of(`\r\n${"x".repeat(1_048_576)}`).cut).toBeNull();
  });

  it("is not cut within a character", () => {
    const { text } = read(Buffer.from(`\r\nxx${"€".repeat(400_000)}`));
    expect(Buffer.byteLength(text ?? "")).toBeLessThanOrEqual(1_048_576);
    expect(text).toBe(`xx${"€".repeat(349_524)}`);
  });
});

describe("the beginning of a text", () => {
  it("is one line of at most 200 characters", () => {
    expect(excerpt({ text: " Hello,\n\n  Mary.\t" })).toBe("Hello, Mary.");
    expect(excerpt({ text: "x".repeat(300) })).toBe("x".repeat(200));
    expect(excerpt({ text: `${"x".repeat(199)}😀` })?.isWellFormed()).toBe(true);
  });

  it("is none where there is no text", () => {
    expect(excerpt({ text: null })).toBeNull();
    expect(excerpt({ text: " \n " })).toBeNull();
  });
});
