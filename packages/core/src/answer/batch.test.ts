import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasty } from "../../../../test/support/answer.ts";
import { makeDatabase } from "../../../../test/support/database.ts";
import { arrive } from "../../../../test/support/inbound.ts";
import * as Alias from "../alias/alias.ts";
import { run } from "../inbound/batch.ts";
import { list } from "../inbound/list.ts";
import { offer } from "../inbound/offer.ts";
import type { Ports } from "../ports/main.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

/** Ports whose clock does not wait, and how long it was to. */
function measured() {
  const slept: number[] = [];
  const sleep = async (ms: number) => {
    slept.push(ms);
    env.advance(ms);
  };
  const ports: Ports = { ...env.ports, clock: { ...env.ports.clock, sleep } };
  return { ports, waited: () => slept.reduce((sum, ms) => sum + ms, 0) };
}

const come = (to: readonly string[], from: string, id: string) =>
  arrive(env, {
    to,
    raw: `From: <${from}>\nTo: x\nSubject: Hi\nMessage-ID: <${id}@evil.example>\n\nHi\n`,
    envelope_from: from,
    verdicts: { dmarc: "PASS" },
  });
const answersTo = (address: string) =>
  env.ses.mailbox.list().filter(({ recipients }) => recipients[0] === address).length;

describe("R-IN-7 the answers of one invocation", () => {
  it("R-IN-7 wait three seconds in all, of one mail for several databases or of several mails", async () => {
    const names = Array.from({ length: 8 }, (_, n) => `many${n}`);
    for (const name of names) await makeDatabase(env.ports, { name });
    const all = names.map((name) => `nobody@${name}.posthouse.test`);
    const one = await come(all, "eve@evil.example", "one");
    const more = [];
    for (const [n, to] of all.entries()) more.push(await come([to], `eve@evil${n}.example`, `more${n}`));
    for (const jobs of [[one], more]) {
      env.advance(60_000);
      const { ports, waited } = measured();
      expect(await run(ports, jobs)).toEqual({ failed: [] });
      expect(waited()).toBeLessThanOrEqual(3_000);
      expect(waited()).toBeGreaterThan(0);
    }
    expect(answersTo("eve@evil.example")).toBeGreaterThan(1);
  }, 60_000);

  it("R-IN-7 are one of each mail and database, by whatever addresses it came in", async () => {
    const db = await makeDatabase(env.ports, { name: "wide" });
    const names = Array.from({ length: 8 }, (_, n) => `closed${n}`);
    for (const name of names)
      await Alias.create(env.ports, await db.version(), { name, model: "x.y", accept_from: "known", record_id: null });
    env.advance(60_000);
    const to = names.map((name) => `${name}@wide.posthouse.test`);
    expect(await run(measured().ports, [await come(to, "eve@wide.example", "wide")])).toEqual({ failed: [] });
    expect(answersTo("eve@wide.example")).toBe(1);
    const { data } = await list(env.ports, db.id, { limit: 20 });
    expect(data.filter(({ route }) => route.why.includes("was told so automatically"))).toHaveLength(1);
    expect(data.filter(({ route }) => route.why.includes("the database has answered it already"))).toHaveLength(7);
  }, 60_000);

  it("R-IN-7 a mail is checked once for who vouches for it, whoever asks", async () => {
    let checks = 0;
    const mailAuth: Ports["mailAuth"] = {
      verify: async (raw, arrival) => {
        checks++;
        return env.ports.mailAuth.verify(raw, arrival);
      },
    };
    const db = await makeDatabase(env.ports, { name: "twice" });
    const raw = Buffer.from(
      "From: <eve@e.example>\r\nTo: nobody@twice.posthouse.test\r\nMessage-ID: <1@x>\r\n\r\nHi\r\n",
    );
    const { status } = await offer({ ...hasty(env), mailAuth }, await db.version(), { raw });
    expect([status, checks]).toEqual(["rejected", 1]);
  });
});
