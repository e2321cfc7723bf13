import { own } from "@posthouse/local/resources";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { broken, hopOf, http, type Patient, publish, region, startPatient } from "../../../../test/support/doctor.ts";
import { dump } from "../../../../test/support/leftovers.ts";
import { HttpUnavailable } from "../ports/http.ts";
import type { Ports } from "../ports/main.ts";
import { api } from "./api.ts";
import { type HopName, hops } from "./hop.ts";
import { look } from "./look.ts";

let patient: Patient;
beforeAll(async () => {
  patient = await startPatient();
});
afterAll(() => patient.close());

describe("the doctor", () => {
  it("finds every hop well, names no address and nothing to do", async () => {
    const all = await patient.report();
    expect(all.hops.filter(({ ok }) => !ok)).toEqual([]);
    expect(all.ok).toBe(true);
    expect(all.hops.map(({ hop }) => hop)).toEqual(hops);
    expect(all.hops.every(({ fix }) => fix === "")).toBe(true);
    expect(hopOf(all, "queues")?.found).toMatch(/^dispatch 0, .*\bfeedback \d+, inbound 0$/);
    expect(JSON.stringify(all)).not.toMatch(/@|embedded-key/);
    expect(all.facts).toMatchObject({ root_domain: "posthouse.test", region, sandbox: false, quota: null, used: 0 });
  });

  it("leaves out what only SES has where the platform is a relay, and sends nothing", async () => {
    const before = patient.env.ses.mailbox.list().length;
    const { operator } = patient.env.ports;
    const all = await patient.report({
      operator: { ...operator, platform: "smtp", platform_smtp_url: "smtp://relay.example" },
    });
    expect(all.hops.map(({ hop }) => hop)).toEqual(
      hops.filter((hop) => !/^(?:account|identity|mail_from|event_|subdomain)/.test(hop)),
    );
    expect([all.ok, hopOf(all, "dispatch")?.ok]).toEqual([true, true]);
    expect(patient.env.ses.mailbox.list()).toHaveLength(before);
  });

  it("looks for no mail where none is received", async () => {
    patient.env.ses.control.set({ receiptRules: false });
    patient.dns.clear("posthouse.test");
    const { inspector } = patient.env.ports;
    const place = async () => ({ ...(await inspector.place()), receives: false });
    expect(broken(await patient.report({ inspector: { ...inspector, place } }))).toEqual([]);
    patient.env.ses.control.set({ receiptRules: true });
    publish(patient.dns);
  });
});

describe("the doctor, hop by hop", () => {
  it("what hangs has a time of its own and hides no other hop", async () => {
    const { env } = patient;
    const hang = () => new Promise<never>(() => {});
    const { inspector, dns, vault, store } = env.ports;
    const many: Partial<Ports> = {
      inspector: { ...inspector, identity: hang, subscriptions: hang, table: hang },
      dns: { ...dns, mx: hang },
      vault: { ...vault, seal: hang },
      http: { ...http, request: hang },
    };
    const cases: [Partial<Ports>, readonly HopName[]][] = [
      [many, ["identity", "mail_from", "event_topic", "mx", "receipt_rules", "vault", "table", "api"]],
      [{ store: { ...store, get: hang, write: hang } }, ["event_path", "subdomain", "table", "dispatch", "tick"]],
    ];
    const all = await Promise.all(cases.map(([change]) => patient.report(change, { wait_ms: 2_500, hop_ms: 4_500 })));
    expect(all.map(broken)).toEqual(cases.map(([, hops]) => hops));
    for (const { hops } of all)
      for (const { found } of hops.filter(({ ok }) => ok === false)) expect(found).toBe("no answer in 4.5 seconds");
  });

  it("changes nothing of a customer's, and its mail counts for none", async () => {
    const { env } = patient;
    await makeDatabase(env.ports);
    const others = async () =>
      (await dump(env))
        .filter(({ pk }) => !/^(?:DOCTOR|EVENTS)\b/.test(String(pk)))
        .map((item) => JSON.stringify(item));
    const [before, sent] = [await others(), env.ses.mailbox.list().length];
    expect(broken(await patient.report())).toEqual([]);
    expect((await others()).toSorted()).toEqual(before.toSorted());
    const mails = env.ses.mailbox.list();
    expect(mails).toHaveLength(sent + 2);
    expect(new Set(mails.map(({ tenant }) => tenant))).toEqual(new Set([own]));
  });

  it("says who is not let in, and what is not allowed, without saying who asked", async () => {
    const fail = (name: string, message: string) => async () => {
      throw Object.assign(new Error(message), { name });
    };
    const { inspector } = patient.env.ports;
    const account = fail("ExpiredTokenException", "The security token of mary@example.com is expired");
    const unknown = await patient.report({ inspector: { ...inspector, account } });
    expect(broken(unknown)).toEqual(["credentials", "region", "clock", "account"]);
    expect(hopOf(unknown, "credentials")?.fix).toMatch(/credentials/);
    expect(unknown.facts).toMatchObject({ sandbox: null, quota: null });
    const refused = fail("AccessDeniedException", "not authorized to perform: ses:GetAccount");
    const known = await patient.report({ inspector: { ...inspector, account: refused } });
    expect(broken(known)).toEqual(["region", "clock", "account"]);
    const queue = fail(
      "AccessDeniedException",
      "User: mary@x is not authorized to perform: sqs:GetQueueAttributes on all",
    );
    const denied = await patient.report({ inspector: { ...inspector, queue } });
    expect(broken(denied)).toEqual(["queues", "dead_letters"]);
    expect(hopOf(denied, "queues")).toMatchObject({
      found: "not allowed: sqs:GetQueueAttributes",
      fix: expect.stringContaining("infra/permission.ts"),
    });
    expect(JSON.stringify([unknown, denied])).not.toContain("mary");
  });

  it("names what is wrong with the API's domain", async () => {
    const { ports } = patient.env;
    const place = await ports.inspector.place();
    const examined = (change: Partial<Ports>) => api(look({ ...ports, ...change }, place));
    const down = (message: string) =>
      examined({ http: { ...http, request: () => Promise.reject(new HttpUnavailable(message)) } });
    expect((await down("CERT_HAS_EXPIRED (api.posthouse.test)")).found).toMatch(/certificate .* no good/);
    expect((await down("ECONNREFUSED (api.posthouse.test)")).found).toMatch(/does not answer/);
    const angry = { http: { ...http, request: async () => ({ status: 503, body: "" }) } };
    expect((await examined(angry)).found).toBe("api.posthouse.test answers 503");
    const { fix } = await examined({ operator: { ...ports.operator, public_url: null } });
    expect(fix).toMatch(/POSTHOUSE_PUBLIC_URL/);
  });

  it("a root that sends, and domains below it that do not, are told apart", async () => {
    const refused = {
      outcome: "refused",
      failure: "provider",
      retry: true,
      reply: "BadRequestException: not associated",
    } as const;
    const mailer: Ports["ses"] = {
      send: (message) =>
        message.from_address.includes("@api.") ? Promise.resolve(refused) : patient.env.ports.ses.send(message),
    };
    const all = await patient.report({ ses: mailer });
    expect(broken(all)).toEqual(["subdomain"]);
    expect(hopOf(all, "subdomain")?.found).toMatch(/none of a domain below it/);
  });
});
