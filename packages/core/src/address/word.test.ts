import { describe, expect, it } from "vitest";
import { decode } from "./word.ts";

describe("encoded words (RFC 2047)", () => {
  it.each([
    ["plain =? text", "plain =? text"],
    ["=?utf-8?Q?Gr=C3=BC=C3=9Fe?= an =?utf-8?B?SsO8cmdlbg==?=", "Grüße an Jürgen"],
    ["=?iso-8859-1?q?Gr=FC?=  =?utf-8?q?=C3=9Fe?=", "Grüße"],
    ["=?utf-8?Q?a_b?=\t=?utf-8?Q?c?=", "a bc"],
    ["=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"],
  ])("%s is decoded", (text, decoded) => {
    expect(decode(text)).toBe(decoded);
  });

  it("that cut a character in two are one text", () => {
    expect(decode("=?utf-8?Q?J=C3?= =?UTF-8?Q?=BCrgen?=")).toBe("Jürgen");
    expect(decode("=?utf-8?B?SsM=?= =?utf-8?B?vHJnZW4=?=")).toBe("Jürgen");
  });

  it("in a charset by another name are decoded, in an unknown one left", () => {
    expect(decode("=?cp932?B?g2WDWINn?=")).toBe("テスト");
    expect(decode("a =?x-klingon?Q?b?= =?x-klingon?Q?c?= d")).toBe("a =?x-klingon?Q?b?==?x-klingon?Q?c?= d");
  });
});
