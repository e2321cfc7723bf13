import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createHttp } from "@posthouse/aws/http";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { Webhook as Standard } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import type { Ports } from "../ports/main.ts";
import { create } from "./create.ts";
import type { Owner } from "./endpoint.ts";
import { test } from "./sample.ts";
import * as Webhook from "./webhook.ts";

let machine: TestPorts;
let ports: Ports;
let db: Owner;
let made = 0;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  db = (await makeDatabase(ports, { name: `sample${made++}` }, { provisioned: false })).id;
});
afterAll(() => machine.close());
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A receiver on this machine, and an endpoint of the database that leads to it. */
async function receive(answer: RequestListener = (_, response) => void response.writeHead(204).end()) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      received.push({ headers: request.headers as Record<string, string>, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return { received, ...(await create(ports, db, { endpoint: url, events: ["email.sent"] })) };
}

describe("the test of an endpoint", () => {
  it("Standard Webhooks: sends one signed sample, which each secret in force verifies", async () => {
    const { received, id, signing_secret } = await receive();
    const rotated = await Webhook.rotate(ports, db, id);
    const tested = await test(ports, db, id);
    expect(tested).toMatchObject({ ok: true, status: 204, answer: null, error: null });
    const [{ headers, body } = { headers: {}, body: "" }, ...more] = received;
    expect(more).toEqual([]);
    expect(headers).toMatchObject({ "content-type": "application/json", "webhook-id": tested.id });
    for (const secret of [signing_secret, rotated.signing_secret])
      expect(new Standard(secret).verify(body, headers)).toEqual({
        type: "webhook.test",
        created_at: expect.stringMatching(/Z$/),
        data: { webhook_id: id },
      });
  });

  it("tells what came back: the status, the beginning of the answer, and what to do", async () => {
    const failing = await receive((_, response) => void response.writeHead(500).end("no".repeat(1_000)));
    const answered = await test(ports, db, failing.id);
    expect(answered).toMatchObject({ ok: false, status: 500, error: expect.stringContaining("500") });
    expect(answered.answer).toMatch(/^nono/);
    expect(answered.answer).toHaveLength(500);
    const moved = await receive((_, response) => void response.writeHead(302, { location: failing.endpoint }).end());
    expect(await test(ports, db, moved.id)).toMatchObject({ status: 302, error: expect.stringContaining("redirect") });
    expect(failing.received).toHaveLength(1);
    const broken = await receive((request) => void request.socket.destroy());
    expect(await test(ports, db, broken.id)).toMatchObject({ ok: false, status: null, error: expect.any(String) });
  });

  it("changes nothing of the endpoint, and reaches a disabled one", async () => {
    const { id, received } = await receive();
    await Webhook.patch(ports, db, id, { status: "disabled" });
    const before = await Webhook.get(ports, db, id);
    expect(await test(ports, db, id)).toMatchObject({ ok: true });
    expect(received).toHaveLength(1);
    expect(await Webhook.get(ports, db, id)).toEqual(before);
  });

  it("G7 a name that has come to lead to a private address is not connected to", async () => {
    const guarded = { ...ports, http: createHttp({ private_hosts: false, dns: async () => ["127.0.0.1"] }) };
    const { id } = await create(guarded, db, { endpoint: "https://hooks.example.com/", events: ["email.sent"] });
    const refused = await test(guarded, db, id);
    expect(refused).toMatchObject({ ok: false, status: null, error: expect.stringContaining("private network") });
  });

  it("of a database there are ten at once, then one in six seconds", async () => {
    const { id, received } = await receive();
    let now = ports.clock.now();
    const still = { ...ports, clock: { ...ports.clock, now: () => now } };
    for (let n = 0; n < 10; n++) await test(still, db, id);
    await expect(test(still, db, id)).rejects.toMatchObject({ name: "rate_limit_exceeded" });
    expect(received).toHaveLength(10);
    now += 6_000;
    expect(await test(still, db, id)).toMatchObject({ ok: true });
  });
});
