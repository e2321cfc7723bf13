import { describe, expect, it } from "vitest";
import * as Address from "./address.ts";
import { parse } from "./delivery.ts";
import * as Status from "./status.ts";

const one = (...lines: string[]) =>
  parse(Buffer.from(["Reporting-MTA: dns; mx.example.net", "", ...lines, ""].join("\r\n")))?.recipients[0];
const to = "Final-Recipient: rfc822; bob@example.net";

describe("a part for machines", () => {
  it("RFC 3464 §2.1 is none where it speaks of nobody", () => {
    expect(parse(Buffer.from("Reporting-MTA: dns; mx.example.net\r\n\r\n"))).toBeNull();
    expect(parse(Buffer.from(""))).toBeNull();
    expect(one(to, "Subject: no action and no status")).toBeUndefined();
  });

  it("RFC 3464 §2.3.1 Original-Recipient goes before Final-Recipient, where it is an address", () => {
    const rest = [to, "Action: failed", "Status: 5.1.1"];
    expect(one("Original-Recipient: rfc822;mary@example.net", ...rest)).toMatchObject({
      address: "mary@example.net",
      original: true,
    });
    expect(one("Original-Recipient: x400;/c=de/s=mary", ...rest)).toMatchObject({
      address: "bob@example.net",
      original: false,
    });
  });

  it.each([
    ["FAILED", "failed"],
    ["delayed (greylisted)", "delayed"],
    ["(soon) Delivered", "delivered"],
    ["relayed", "relayed"],
    ["expanded", "expanded"],
  ])("RFC 3464 §2.3.3 Action: %s", (field, action) => {
    expect(one(to, `Action: ${field}`, "Status: 5.1.1")?.action).toBe(action);
  });

  it.each([
    ["5.1.1", "failed"],
    ["4.2.2", "delayed"],
    ["2.0.0", "delivered"],
  ])("without an Action it is what status %s says", (status, action) => {
    expect(one(to, `Status: ${status}`)?.action).toBe(action);
  });

  it("RFC 3464 §2.3.5 Remote-MTA is the name without its type and comments; null where it is wanting", () => {
    const rest = [to, "Action: failed", "Status: 5.1.1"];
    expect(one(...rest, "Remote-MTA: dns; store.example.net (192.0.2.7)")?.remote_mta).toBe("store.example.net");
    expect(one(...rest)?.remote_mta).toBeNull();
  });

  it("RFC 3464 §2.3.6 keeps the remote server's words without their type", () => {
    const { diagnostic, status } =
      one(to, "Action: failed", "Diagnostic-Code: smtp; 550", "  5.1.1  no (really)") ?? {};
    expect([diagnostic, status]).toEqual(["550 5.1.1 no (really)", "5.1.1"]);
  });
});

describe("R-FAIL-4 groups that a server has run together", () => {
  const all = (...lines: string[]) =>
    parse(Buffer.from(["Reporting-MTA: dns; x", ...lines, ""].join("\n")))?.recipients.map(
      ({ address, action }) => `${address} ${action}`,
    );
  const [alice, bob] = ["Final-Recipient: rfc822; alice@example.net", "Original-Recipient: rfc822; bob@example.net"];
  const inner = "Final-Recipient: rfc822; bob@inner.example.net";
  const [failed, delayed] = [
    ["Action: failed", "Status: 5.1.1"],
    ["Action: delayed", "Status: 4.2.2"],
  ];

  it("R-FAIL-4 failure is of whom it names, where only the second has the address the mail was sent to", () => {
    expect(all(alice, ...failed, bob, inner, ...delayed)).toEqual([
      "alice@example.net failed",
      "bob@example.net delayed",
    ]);
    expect(all(bob, inner, ...delayed, alice, ...failed)).toEqual([
      "bob@example.net delayed",
      "alice@example.net failed",
    ]);
  });

  it("R-FAIL-4 fields of one group may stand in any order", () => {
    expect(all(inner, ...failed, bob)).toEqual(["bob@example.net failed"]);
    expect(all(...failed, inner)).toEqual(["bob@inner.example.net failed"]);
  });
});

describe("the status", () => {
  it.each([
    ["5.1.1", "550 5.7.1 x", "5.1.1"],
    ["5.0.0", "550 5.1.1 x", "5.1.1"],
    ["5.0.0", "450 4.2.2 x", "5.0.0"],
    ["5.0.0", "550 host 192.0.2.1 said no", "5.0.0"],
    [undefined, "552 full", "5.0.0"],
    [undefined, "connect to 5.1.1.9: no answer", null],
    [undefined, "refused by Exim 4.94.2 on 5.12.26", null],
    ["5.94.2", "no such user", null],
    [undefined, "", null],
  ])("RFC 3464 §2.3.4 of field %s and words %j is %s", (field, words, status) => {
    expect(Status.choose(field, words)).toBe(status);
  });
});

describe("an address", () => {
  it.each([
    ["rfc822; bob@example.net", "bob@example.net"],
    ["RFC822;<bob@example.net> (Bob (of sales))", "bob@example.net"],
    ["bob@example.net", "bob@example.net"],
    ['rfc822; "a(b"@example.net', '"a(b"@example.net'],
    ["rfc822; bob", null],
    ["x400; /c=de/s=bob", null],
    ["rfc822; two@a.example two@b.example", null],
    [undefined, null],
  ])("RFC 3464 §2.1.2 %s", (field, address) => {
    expect(Address.parse(field)).toBe(address);
  });

  it.each([
    ["bob+2Bx+3Dy@example.net", ["bob+2bx+3dy@example.net", "bob+x=y@example.net"]],
    ["Bob+2Bart@Example.net", ["bob+2bart@example.net", "bob+art@example.net"]],
    ["bob+2024@example.net", ["bob+2024@example.net"]],
  ])("RFC 3461 §4 xtext %s means itself first, and then what it may encode", (address, meant) => {
    expect(Address.parse(`rfc822; ${address}`)).toBe(address);
    expect(Address.meanings(address)).toEqual(meant);
  });

  it.each([
    ["utf-8; j\\x{FC}rgen@example.net", "jürgen@example.net"],
    ["utf-8; jürgen@example.net", "jürgen@example.net"],
    ["utf-8; \\x{110000}@example.net", "\\x{110000}@example.net"],
  ])("RFC 6533 §3 %s", (field, address) => {
    expect(Address.parse(field)).toBe(address);
  });
});
