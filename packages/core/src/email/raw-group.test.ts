import { expect, it } from "vitest";
import { read } from "./raw.ts";

const from = "From: a@company.example";
const parse = (lines: string[], to: string[] = []) =>
  read(Buffer.from(`${[from, ...lines, "", "Hello."].join("\r\n")}\r\n`), { kind: "transactional", to });

it.each([
  ["to", "To: Team: a@b.example, c@d.example;"],
  ["cc", "Cc: x@b.example, Team: a@b.example;"],
  ["bcc", 'Bcc: "The Team": <a@b.example>;'],
  ["reply-to", "Reply-To: Team: a@b.example;"],
])("RFC 5322 §3.4 a group in %s is refused by its name", async (field, line) => {
  const message = expect.stringContaining("groups are not taken");
  await expect(parse(["To: x@y.example", line].slice(field === "to" ? 1 : 0))).rejects.toMatchObject({
    name: "invalid_parameter",
    message,
    details: { field },
  });
});

it("RFC 5322 §3.4 a colon in quotes, in a comment or in an address literal makes no group, nor does a group of nobody", async () => {
  const line = 'To: "a: b" <a@b.example>, (c: d) c@d.example, <e@[IPv6:2001:db8::1]>';
  expect((await parse([line])).to).toHaveLength(3);
  expect((await parse(["To: undisclosed-recipients:;"], ["a@b.example"])).bcc).toEqual(["a@b.example"]);
});

it("a group that is only shown, its recipients being named, stays as it is", async () => {
  const { bcc, raw } = await parse(["To: Team: a@b.example, c@d.example;"], ["a@b.example", "c@d.example"]);
  expect(bcc).toHaveLength(2);
  expect(raw?.mime).toContain("To: Team: a@b.example, c@d.example;");
});
