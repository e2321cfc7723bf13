import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dns, DnsUnavailable } from "../ports/dns.ts";
import { inspect } from "./spf.ts";

/** A zone in memory. */
const zone = (txt: Record<string, string[]>, hosts: readonly string[] = []): Dns => ({
  txt: async (name) => txt[name] ?? [],
  cname: async () => [],
  mx: async (name) => (hosts.includes(name) ? [{ exchange: name, priority: 10 }] : []),
  addresses: async (name) => (hosts.includes(name) ? ["192.0.2.1"] : []),
});

const clock = { now: () => 0 };
const ask = (...published: Parameters<typeof zone>) => ({ dns: zone(...published), clock });

/** A tree of includes: how many `a` terms with an address, without one, and what is included. */
interface Tree {
  readonly full: number;
  readonly empty: number;
  readonly children: readonly Tree[];
}
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    full: fc.integer({ min: 0, max: 3 }),
    empty: fc.integer({ min: 0, max: 2 }),
    children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie("tree"), { maxLength: 3 })),
  }),
}));

const cost = (node: Tree): number =>
  node.full + node.empty + node.children.reduce((sum, child) => sum + 1 + cost(child), 0);
const voids = (node: Tree): number => node.empty + node.children.reduce((sum, child) => sum + voids(child), 0);

function publish(node: Tree, name: string, into: Record<string, string[]>): string {
  const includes = node.children.map((child, n) => `include:${publish(child, `n${n}.${name}`, into)}`);
  const a = [...Array<string>(node.full).fill("a:host.example"), ...Array<string>(node.empty).fill("a:gone.example")];
  into[name] = [["v=spf1", "ip4:192.0.2.0/24", ...includes, ...a, "-all"].join(" ")];
  return name;
}

describe("R-DOM-9 the SPF record", () => {
  it("R-DOM-9 terms and void look-ups are counted through includes, whatever their tree", async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (root) => {
        fc.pre(cost(root) < 30);
        const txt: Record<string, string[]> = {};
        publish(root, "company.com", txt);
        const report = await inspect(ask(txt, ["host.example"]), "company.com");
        expect(report).toMatchObject({ terms: cost(root), voids: voids(root) });
        expect((report?.problems.length ?? 0) > 0).toBe(cost(root) > 10 || voids(root) > 2);
      }),
    );
  });

  it.each([
    ["v=spf1 include:_spf.a.example ~all", ["include"]],
    ["v=spf1 redirect=_spf.a.example", ["redirect"]],
  ])("R-DOM-9 a loop ends and is said: %s", async (record) => {
    const report = await inspect(ask({ "company.com": [record], "_spf.a.example": [record] }), "company.com");
    expect(report?.problems).toEqual(["_spf.a.example includes itself"]);
  });

  it("R-DOM-9 redirect counts, and does not where there is an all", async () => {
    const other = { "o.example": ["v=spf1 a:h.example -all"] };
    const count = async (record: string) =>
      (await inspect(ask({ ...other, "company.com": [record] }, ["h.example", "company.com"]), "company.com"))?.terms;
    expect(await count("v=spf1 redirect=o.example")).toBe(2);
    expect(await count("v=spf1 redirect=o.example -all")).toBe(0);
    expect(await count("v=spf1 a mx ptr exists:%{i}.x.example ?include:o.example -all")).toBe(6);
    expect(await count("v=spf1 a: mx:_m.h.example. exists:%{i}._spf.%{d2} -all")).toBe(3);
    expect(await count("v=spf1 A/24 MX:company.com//64 -all")).toBe(2);
  });

  it.each([
    ["v=spf1 include: -all", '"include:" names no domain'],
    ["v=spf1 ipv4:1.2.3.4 -all", '"ipv4:1.2.3.4" is no SPF term'],
    ["v=spf1 include:bad..example -all", '"include:bad..example" names what can be no domain'],
    [`v=spf1 a:${"x".repeat(64)}.example -all`, "names what can be no domain"],
    ["v=spf1 exists:a,b.example -all", "names what can be no domain"],
    ["v=spf1 include:none.example -all", "none.example, which it names by include, has no SPF record(s)"],
  ])("R-DOM-9 what is no SPF is named: %s", async (record, problem) => {
    const report = await inspect(ask({ "company.com": [record] }), "company.com");
    expect(report?.problems.join()).toContain(problem);
  });

  it("R-DOM-9 two records are said, none is nothing, no answer is no result", async () => {
    const two = await inspect(ask({ "company.com": ["v=spf1 -all", "v=spf1 ~all", "other"] }), "company.com");
    expect(two).toMatchObject({ records: ["v=spf1 -all", "v=spf1 ~all"], problems: ["company.com has 2 SPF records"] });
    expect(await inspect(ask({ "company.com": ["v=spf10 -all"] }), "company.com")).toMatchObject({ records: [] });
    let now = 0;
    const late = { now: () => (now += 4_000) };
    const slow = { dns: zone({ "company.com": ["v=spf1 a a a -all"] }, ["company.com"]), clock: late };
    expect(await inspect(slow, "company.com")).toBeNull();
    const silent: Dns = { ...zone({}), txt: () => Promise.reject(new DnsUnavailable("no answer")) };
    expect(await inspect({ dns: silent, clock }, "company.com")).toBeNull();
  });
});
