import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startDns, type TestDns } from "../../../../test/support/dns.ts";
import { later, provisionAll, publish } from "../../../../test/support/domain.ts";
import { want } from "../../../../test/support/webhooks.ts";
import * as keys from "../keys.ts";
import type { DnsRecord } from "./dns-record.ts";
import * as Domain from "./domain.ts";
import { verify } from "./verify.ts";
import type { DomainView } from "./view.ts";

const hour = 3_600_000;
let dns: TestDns;
let machine: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  dns = await startDns();
  machine = await startTestPorts({ dns_servers: [dns.address] });
});
beforeEach(async () => {
  db = await makeDatabase(machine.ports, { name: `verifying${made++}` });
  await want(machine.ports, db.id, "domain.updated");
  await machine.jobs.take("provision");
});
afterAll(async () => {
  await machine.close();
  await dns.close();
});

const get = async (id: string) => Domain.get(machine.ports, await db.version(), id);
/** A new domain with its identity made. */
async function begin(name = `company${made}.com`): Promise<DomainView> {
  const { id } = await Domain.create(machine.ports, await db.version(), { name });
  await provisionAll(machine);
  return get(id);
}
async function check(id: string): Promise<DomainView> {
  machine.advance(11_000);
  await verify(machine.ports, await db.version(), id);
  await provisionAll(machine);
  return get(id);
}
const of = ({ records }: DomainView, kind: DnsRecord["record"], type?: DnsRecord["type"]): DnsRecord => {
  const found = records.find((record) => record.record === kind && (type === undefined || record.type === type));
  if (!found) throw new Error(`no ${kind} record`);
  return found;
};
const told = async () =>
  (await machine.ports.store.query({ pk: keys.outbox(db.id, "").pk, consistent: true })).items.map(({ data }) => data);

describe("R-DOM-9 verification of a domain, with a real DNS server", () => {
  it("R-DOM-9 goes from created to verified, each wrong state with its own advice", async () => {
    const created = await Domain.create(machine.ports, await db.version(), { name: "journey.example.com" });
    expect(created).toMatchObject({ status: "not_started", checked_at: null });
    await provisionAll(machine);
    let view = await get(created.id);
    expect(view.status).toBe("pending");
    expect(view.records.filter(({ required }) => required)).toHaveLength(5);
    expect(view.records.filter(({ required }) => required).every(({ status }) => status === "pending")).toBe(true);

    const ownership = of(view, "Ownership");
    expect(ownership).toMatchObject({ name: "_posthouse.journey.example.com", host: "_posthouse.journey" });
    dns.set(`${ownership.name}.example.com`, "TXT", ownership.value);
    expect(of(await check(view.id), "Ownership")).toMatchObject({
      status: "failed",
      advice: expect.stringContaining("Give the name _posthouse.journey instead"),
    });
    dns.set(ownership.name, "TXT", "google-site-verification=1");
    expect(of(await check(view.id), "Ownership")).toMatchObject({
      status: "failed",
      found: ["google-site-verification=1"],
      advice: expect.stringContaining("add a TXT record with this value"),
    });
    dns.set(ownership.name, "TXT", `"${ownership.value}"`);
    expect(of(await check(view.id), "Ownership").advice).toContain("quotation marks");
    dns.fail(ownership.name, "servfail");
    expect(of(await check(view.id), "Ownership")).toMatchObject({
      status: "temporary_failure",
      advice: expect.stringContaining("no answer"),
    });
    dns.clear(ownership.name);
    dns.set(ownership.name, "TXT", "google-site-verification=1", ownership.value);
    view = await check(view.id);
    expect(of(view, "Ownership")).toMatchObject({ status: "verified", advice: null });
    expect(view.status).toBe("pending");

    const key = of(view, "DKIM");
    dns.set(key.name, "CNAME", "elsewhere.example.net");
    expect(of(await check(view.id), "DKIM")).toMatchObject({
      status: "failed",
      advice: `"elsewhere.example.net" is published there: change it to ${key.value}.`,
    });
    dns.set(key.name, "CNAME", key.value);
    expect(of(await check(view.id), "DKIM")).toMatchObject({
      status: "pending",
      advice: expect.stringContaining("Amazon SES has not seen it yet"),
    });
    publish(dns, view, ({ record }) => record === "DKIM");
    view = await check(view.id);
    expect(of(view, "DKIM").status).toBe("verified");

    const mx = of(view, "SPF", "MX");
    dns.set(mx.name, "MX", "10 mail.example.net");
    expect(of(await check(view.id), "SPF", "MX").advice).toContain(`change it to ${mx.value}`);
    dns.set(mx.name, "MX", "10 mail.example.net", `20 ${mx.value}`);
    view = await check(view.id);
    expect(of(view, "SPF", "MX")).toMatchObject({ status: "failed", advice: expect.stringContaining("the only one") });
    expect(view.status).toBe("pending");
    dns.set(mx.name, "MX", `10 ${mx.value}`, `20 ${mx.value}`);
    view = await check(view.id);
    expect(of(view, "SPF", "MX")).toMatchObject({ status: "failed", advice: expect.stringContaining("2 times") });
    expect(view.status).toBe("pending");
    dns.set(mx.name, "MX", `10 ${mx.value}`);
    view = await check(view.id);
    expect(of(view, "SPF", "MX").status).toBe("verified");
    expect(view.status).toBe("verified");
    expect(await told()).toMatchObject([{ status: "pending" }, { status: "verified", name: "journey.example.com" }]);
  });

  it("R-DOM-9 what is advice: MAIL FROM SPF, apex SPF, DMARC with its alignment, inbound MX never wrong", async () => {
    const { id, name, records } = await begin("advice.example.com");
    const spf = records.find(({ record, type }) => record === "SPF" && type === "TXT");
    dns.set(spf?.name ?? "", "TXT", "v=spf1 -all");
    dns.set(name, "TXT", "v=spf1 a -all", "v=spf1 mx -all");
    dns.set("_dmarc.example.com", "TXT", "v=DMARC1; p=reject; aspf=s");
    dns.set(name, "MX", "10 aspmx.example.net");
    let view = await check(id);
    expect(of(view, "SPF", "TXT")).toMatchObject({
      status: "failed",
      advice: expect.stringContaining("amazonses.com"),
    });
    const apex = () => view.records.find((record) => record.record === "SPF" && record.name === name);
    expect(apex()).toMatchObject({ status: "failed", advice: expect.stringContaining("2 SPF records") });
    expect(of(view, "DMARC")).toMatchObject({ status: "verified", advice: expect.stringContaining("aspf=s") });
    expect(of(view, "Receiving")).toMatchObject({
      status: "not_started",
      required: false,
      advice: expect.stringContaining("aspmx.example.net receives the mail"),
    });
    expect(view.mailboxes).toEqual([
      { address: `bounce@${name}`, purpose: "bounce", last_mail_at: null },
      { address: `catchall@${name}`, purpose: "catchall", last_mail_at: null },
    ]);
    dns.set(spf?.name ?? "", "TXT", spf?.value ?? "");
    dns.set(name, "TXT", `v=spf1 ${Array.from({ length: 11 }, (_, n) => `a:h${n}.example.com`).join(" ")} -all`);
    dns.set(`_dmarc.${name}`, "TXT", "v=DMARC1; p=none");
    view = await check(id);
    expect(of(view, "SPF", "TXT").status).toBe("verified");
    expect(apex()?.advice).toMatch(/more than 10 look-ups; 11 of its look-ups find nothing/);
    expect(of(view, "DMARC").advice).toContain("passes twice");
  });

  it("R-DOM-12 mailboxes are listed until the MX is ours", async () => {
    const view = await begin();
    publish(dns, view, () => true);
    const verified = await check(view.id);
    expect(verified).toMatchObject({ status: "verified", mailboxes: [], inbound: { mx_at_us: true } });
    dns.set(view.name, "MX", "10 elsewhere.example.net");
    expect(await check(view.id)).toMatchObject({ inbound: { mx_at_us: false }, mailboxes: { length: 2 } });
  });

  it("R-DOM-9 is checked by the tick, ever more rarely, then daily", async () => {
    const view = await begin();
    const lookUps = () => dns.asked.filter((asked) => asked === `TXT ${of(view, "Ownership").name}`).length;
    const times: number[] = [];
    for (let minute = 1; minute <= 32; minute++) {
      const before = lookUps();
      await later(machine, 60_000);
      if (lookUps() > before) times.push(minute);
    }
    const waits = times.map((minute, n) => minute - (times[n - 1] ?? 0));
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(times.length).toBeGreaterThan(3);
    expect(times.length).toBeLessThan(8);
    publish(dns, view);
    await later(machine, 24 * hour);
    expect((await get(view.id)).status).toBe("verified");
    const before = lookUps();
    await later(machine, 23 * hour);
    expect(lookUps()).toBe(before);
    await later(machine, 1.1 * hour);
    expect(lookUps()).toBe(before + 1);
  });

  it("R-DOM-9 is lost only after 72 hours of failed checks, and found again", async () => {
    const view = await begin();
    publish(dns, view);
    expect((await check(view.id)).status).toBe("verified");
    const mx = of(view, "SPF", "MX");
    dns.clear(mx.name);
    expect((await check(view.id)).status).toBe("temporary_failure");
    for (const hours of [24, 24, 23]) await later(machine, hours * hour);
    expect((await get(view.id)).status).toBe("temporary_failure");
    for (const hours of [1, 1]) await later(machine, hours * hour);
    expect(await get(view.id)).toMatchObject({ status: "failed" });
    expect((await told()).map((data) => (data as { status: string }).status)).toEqual([
      "pending",
      "verified",
      "temporary_failure",
      "failed",
    ]);
    publish(dns, view);
    expect((await check(view.id)).status).toBe("verified");
  });

  it.each(["servfail", "refused"] as const)("R-DOM-9 %s is no result: nothing is lost by it", async (how) => {
    const view = await begin();
    publish(dns, view);
    expect((await check(view.id)).status).toBe("verified");
    dns.fail(of(view, "Ownership").name, how);
    for (let days = 0; days < 5; days += 1) await later(machine, 25 * hour);
    expect((await get(view.id)).status).toBe("verified");
  });

  it("R-DOM-9 is lost at once when SES says so, and looked for again", async () => {
    const view = await begin();
    publish(dns, view);
    expect((await check(view.id)).status).toBe("verified");
    machine.ses.control.verify(view.name, "FAILED");
    expect(await check(view.id)).toMatchObject({ status: "failed", status_reason: expect.stringContaining("SES") });
    await check(view.id);
    expect((await check(view.id)).status).toBe("verified");
  });

  it("R-DOM-9 is proved beside any number of other records, and however large they are", async () => {
    const view = await begin();
    publish(dns, view);
    const { name, value } = of(view, "Ownership");
    const others = Array.from({ length: 60 }, (_, n) => `${n} ${"x".repeat(900)}`);
    dns.set(name, "TXT", ...others, value);
    dns.set(view.name, "TXT", `v=spf1 ${Array.from({ length: 5_000 }, (_, n) => `bad${n}`).join(" ")}`);
    const checked = await check(view.id);
    expect(checked.status).toBe("verified");
    expect(of(checked, "Ownership").found.length).toBeLessThan(30);
  });

  it("R-ADDR-5 the default domain has nothing to publish and cannot be verified", async () => {
    const [own] = await Domain.list(machine.ports, await db.version());
    expect(own).toMatchObject({ status: "verified", records: [], mailboxes: [], external: null });
    await expect(verify(machine.ports, await db.version(), own?.id ?? "")).rejects.toMatchObject({ name: "conflict" });
  });

  it.each([
    ["mängel.example", "xn--mngel-gra.example"],
    ["Company.com", "company.com"],
    ["co.uk", "public suffix"],
    ["posthouse.test", "operator's"],
    ["other.posthouse.test", "operator's"],
  ])("R-DOM-2 refuses %s, and says %s", async (name, said) => {
    await expect(Domain.create(machine.ports, await db.version(), { name })).rejects.toMatchObject({
      name: "invalid_parameter",
      message: expect.stringContaining(said),
    });
  });

  it.each(["Not A Label", "a.b"])("R-DOM-9 a custom return path is a label: not %s", async (custom_return_path) => {
    const resend = { custom_return_path };
    await expect(
      Domain.create(machine.ports, await db.version(), { name: "path.example", resend }),
    ).rejects.toMatchObject({ name: "invalid_parameter" });
  });
});
