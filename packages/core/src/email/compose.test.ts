import { describe, expect, it } from "vitest";
import { mail } from "../../../../test/support/database.ts";
import * as Addressee from "./addressee.ts";
import { check, messageId } from "./compose.ts";

const refusal = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as Error).name;
  }
  return "accepted";
};

describe("R-REW-6 what a caller gives", () => {
  it.each([
    ["subject", { subject: "a\r\nBcc: x@evil.test" }],
    ["header", { headers: { "X-Ref": "a\nBcc: x@evil.test" } }],
    ["NUL", { headers: { "X-Ref": "a\0" } }],
    ["file name", { attachments: [{ filename: "a\r\nX: y", content: "" }] }],
    ["Reply-To", { reply_to: ["a@b.test\r\nBcc: x@evil.test"] }],
    ["From among the headers", { headers: { from: "x@evil.test" } }],
    ["X-SES", { headers: { "X-SES-CONFIGURATION-SET": "other" } }],
    ["Message-Id", { message_id: "<a@b>\r\nBcc: x@evil.test" }],
  ])("is refused in: %s", (_name, changes) => {
    expect(refusal(() => check(mail(changes)))).toBe("invalid_header");
  });

  it.each([
    ["content", "invalid_attachment", { attachments: [{ filename: "a", content: "not base64!" }] }],
    ["type", "invalid_attachment", { attachments: [{ filename: "a", content: "", content_type: "png" }] }],
    ["content id", "invalid_attachment", { attachments: [{ filename: "a", content: "", content_id: "a>b" }] }],
    ["tag", "invalid_parameter", { tags: [{ name: "a b", value: "c" }] }],
    ["creator", "invalid_parameter", { creator: "mary" }],
    ["Reply-To", "invalid_parameter", { reply_to: ["nobody"] }],
  ])("a wrong %s is %s", (_what, name, changes) => {
    expect(refusal(() => check(mail(changes)))).toBe(name);
  });

  it("a Message-Id may come with or without its brackets", () => {
    expect(messageId("a.b@c.test")).toBe("<a.b@c.test>");
    expect(messageId("<a.b@c.test>")).toBe("<a.b@c.test>");
    for (const bad of ["", "a", "<a@b", "a b@c", "<a@b><c@d>", `<${"a".repeat(500)}@b>`])
      expect(refusal(() => messageId(bad))).toBe("invalid_header");
  });
});

describe("recipients", () => {
  it("each address counts once, in the field that first names it", () => {
    const { all, to, cc } = Addressee.read(
      mail({
        to: ['"Ann" <ann@a.test>'],
        cc: ["ANN@A.test", "bob@münchen.example"],
        bcc: ["bob@xn--mnchen-3ya.example"],
      }),
    );
    expect(all).toMatchObject([
      { address: "ann@a.test", field: "to" },
      { address: "bob@xn--mnchen-3ya.example", field: "cc" },
    ]);
    expect([to, cc.length]).toEqual([['"Ann" <ann@a.test>'], 2]);
  });

  it("50 at most, mass mail one, none is missing", () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => `a${n}@b.test`);
    expect(Addressee.read(mail({ to: many(50) })).all).toHaveLength(50);
    expect(refusal(() => Addressee.read(mail({ to: many(51) })))).toBe("invalid_parameter");
    expect(refusal(() => Addressee.read(mail({ to: many(2), kind: "mass" })))).toBe("invalid_parameter");
    expect(refusal(() => Addressee.read(mail({ to: [] })))).toBe("missing_required_field");
    expect(refusal(() => Addressee.read(mail({ to: ["a@b.test, c@d.test"] })))).toBe("invalid_parameter");
  });
});
