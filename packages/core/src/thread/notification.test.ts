import { describe, expect, it } from "vitest";
import * as Excerpt from "./excerpt.ts";
import { fromOf } from "./from.ts";
import { subjectOf } from "./notification.ts";

describe("R-NOT-3 the subject of a notification", () => {
  it.each([
    ["Own", "Ticket 7", "Before", "Own"],
    ["RE: Own", null, null, "RE: Own"],
    [null, "Ticket 7", "Before", "Re: Ticket 7"],
    [null, "Ticket 7", undefined, "Ticket 7"],
    [null, null, "Before", "Re: Before"],
    [null, null, "re: Before", "re: Before"],
    [null, null, null, "New message"],
    [null, null, undefined, "New message"],
    ["  ", null, undefined, "New message"],
    ["a\r\nBcc: b", null, undefined, "a Bcc: b"],
  ])("of %j, thread %j, before %j: %j", (subject, name, before, wanted) => {
    expect(subjectOf({ subject }, { name }, before === undefined ? undefined : { subject: before })).toBe(wanted);
  });
});

describe("R-NOT-3 the author as From", () => {
  it.each([
    [{ name: "Mary", address: "mary@customer.example" }, '"Mary" <mary@customer.example>'],
    [{ name: null, address: "mary@customer.example" }, "mary@customer.example"],
    [{ name: "a\r\nb", address: "mary@customer.example" }, '"a  b" <mary@customer.example>'],
    [{ name: "=?utf-8?q?a=0Ab?=", address: "m@c.example" }, '"=?utf-8?b?PT91dGYtOD9xP2E9MEFiPz0=?=" <m@c.example>'],
    [{ name: `"${"x".repeat(998)}`, address: "m@c.example" }, `"\\"${"x".repeat(99)}" <m@c.example>`],
    [
      { name: "=?".repeat(400), address: "m@c.example" },
      `"=?utf-8?b?${Buffer.from("=?".repeat(50)).toString("base64")}?=" <m@c.example>`,
    ],
    [{ name: "Mary", address: "nobody" }, undefined],
    [{ name: "Mary", address: "" }, undefined],
  ])("of %j is %j", (author, wanted) => {
    expect(fromOf(author)).toBe(wanted);
  });
});

describe("an excerpt", () => {
  it.each([
    [{ text: " One\n\ttwo ", html: "<p>x</p>" }, "One two"],
    [{ text: null, html: "<style>a{}</style><p>A &lt;b&gt; &amp;amp;</p><!-- x --><br>c" }, "A <b> &amp; c"],
    [{ text: null, html: null }, ""],
    [{ text: `${"x".repeat(198)}😀yy`, html: null }, `${"x".repeat(198)}\ufffd…`],
  ])("of %j", (texts, wanted) => {
    expect(Excerpt.of(texts)).toBe(wanted);
  });

  it("takes no longer for markup that never ends", () => {
    const start = performance.now();
    expect(Excerpt.of({ text: null, html: "<!--<style".repeat(1_000_000) })).toBe("");
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
