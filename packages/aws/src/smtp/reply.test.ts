import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf, secretsOf, words } from "./reply.ts";

describe("words", () => {
  it("makes one line of a reply, its code once, the enhanced code kept", () => {
    expect(words("550-5.7.1 Not today.\r\n550-5.7.1 Ask\tus\r\n550 5.7.1 later")).toBe(
      "550 5.7.1 Not today. 5.7.1 Ask us 5.7.1 later",
    );
  });

  it("is at most 500 characters without control characters, and keeps the code", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 900 }), (text) => {
        const line = words(`451 4.3.0 ${text}`);
        expect(line.length).toBeLessThanOrEqual(500);
        expect(line).not.toMatch(/\p{Cc}/u);
        expect(codeOf(line)).toBe(451);
      }),
    );
  });

  it("G6 takes out a password the server repeats, in each form it was sent", () => {
    const secrets = secretsOf({ username: "mary", password: "hunter2 x" });
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const reply = `535 no: hunter2 x, ${base64("hunter2 x")}, ${base64("\0mary\0hunter2 x")}`;
    expect(words(reply, secrets)).toBe("535 no: ***, ***, ***");
  });
});

it("G6 an access token is left out, plain and as XOAUTH2 shows it", () => {
  const login = { username: "mary@company.example", access_token: "ya29.planted" };
  const shown = Buffer.from("user=mary@company.example\x01auth=Bearer ya29.planted\x01\x01").toString("base64");
  const said = words(`535 5.7.8 no ${shown} nor ya29.planted`, secretsOf(login));
  expect(said).toBe("535 5.7.8 no *** nor ***");
});

describe("codeOf", () => {
  it.each([
    ["250 ok", 250],
    ["550-a", 550],
    ["421", 421],
    ["55", 0],
    ["5500 x", 0],
    ["hello", 0],
    [undefined, 0],
  ])("of %s is %d", (reply, code) => {
    expect(codeOf(reply)).toBe(code);
  });
});
