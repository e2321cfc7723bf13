import { type AddressInfo, createServer, type Socket } from "node:net";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Answer, hang, startReceiver, status } from "../../../../test/support/receiver.ts";
import { type Hook, impatient, later, makeHook, pump, tell } from "../../../../test/support/webhooks.ts";
import { pem } from "../../../aws/src/smtp/testing.ts";
import type { Ports } from "../ports/main.ts";
import { patch } from "./webhook.ts";

let env: TestPorts;
let ports: Ports;
let db: TestDatabase;
const closing: (() => Promise<unknown>)[] = [];
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  ports = env.ports;
});
beforeEach(async () => {
  db = await makeDatabase(ports, { name: `receiver${made++}` }, { provisioned: false });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => env.close());

async function hook(how: Answer, url?: string): Promise<Hook> {
  const one = await makeHook(ports, db.id, { how, ...(url !== undefined && { url }) });
  closing.push(one.close);
  return one;
}

/** Tells of an event once. @returns what became of it. */
async function told(one: Hook, by = ports) {
  await tell(ports, db.id, "em_1");
  expect(await pump(env, by)).toBe(0);
  const [delivery] = await one.deliveries();
  return { status: delivery?.status, attempt: delivery?.attempts.at(-1), next: delivery?.next_attempt_at };
}

const text =
  (code: number, body: string | Buffer): Answer =>
  (response) =>
    void response.writeHead(code, { "content-type": "text/plain" }).end(body);

describe("a receiver", () => {
  it("that fails and then works gets it in seconds, with the same id and a new signature", async () => {
    const one = await hook((response, received, n) => text(n === 1 ? 500 : 200, "so be it")(response, received, n));
    const { status, attempt, next } = await told(one);
    expect({ status, attempt }).toMatchObject({ status: "pending", attempt: { status: 500, answer: "so be it" } });
    expect(Date.parse(next ?? "") - ports.clock.now()).toBeLessThanOrEqual(5_500);
    expect((await one.record()).failing_since).toEqual(attempt?.at);
    env.advance(7_000);
    await pump(env, ports);
    const [first, second] = one.received;
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(second?.headers["webhook-timestamp"]).not.toBe(first?.headers["webhook-timestamp"]);
    expect(second?.body).toBe(first?.body);
    expect(await one.deliveries()).toMatchObject([
      { status: "delivered", attempts: [{ status: 500 }, { status: 200 }] },
    ]);
    expect((await one.record()).failing_since).toBeNull();
  });

  it("that redirects is not followed, and told so", async () => {
    const other = await startReceiver();
    closing.push(other.close);
    const one = await hook(status(301, { location: other.url }));
    expect((await told(one)).attempt).toMatchObject({ status: 301, error: expect.stringContaining("URL it leads to") });
    expect(other.received).toEqual([]);
  });

  it("that answers 410 is disabled at once, with the reason", async () => {
    const one = await hook(status(410));
    expect(await told(one)).toMatchObject({ status: "failed", attempt: { status: 410 }, next: null });
    expect(await one.record()).toMatchObject({ status: "disabled", disabled_reason: "gone" });
    await tell(ports, db.id, "em_2");
    await pump(env, ports);
    expect(one.received).toHaveLength(1);
  });

  it("that is disabled is told of to the others of its database and to the operator, not to itself", async () => {
    const all = { events: ["email.sent", "webhook.disabled"] } as const;
    const hooks = [
      await makeHook(ports, db.id, { ...all, how: status(410) }),
      await makeHook(ports, db.id, all),
      await makeHook(ports, "operator", { events: ["webhook.disabled"] }),
    ];
    closing.push(...hooks.map(({ close }) => close));
    await tell(ports, db.id, "em_1");
    await pump(env, ports);
    const told = hooks.map(({ received }) => received.filter(({ json }) => json.type === "webhook.disabled"));
    expect(told.map(({ length }) => length)).toEqual([0, 1, 1]);
    for (const event of [told[1]?.[0], told[2]?.[0]])
      expect(event?.json.data).toEqual({ webhook_id: hooks[0]?.id, disabled_reason: "gone" });
    await patch(ports, "operator", hooks[2]?.id ?? "", { status: "disabled" });
  });

  it("that answers 101 Switching Protocols keeps no invocation: it has failed, and is tried again", async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on("error", () => undefined));
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const one = await hook(hang, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const { status, attempt } = await told(one, impatient(ports, 5_000));
    expect({ status, attempt }).toMatchObject({
      status: "pending",
      attempt: { error: expect.stringContaining("switches protocols") },
    });
  }, 20_000);

  it("that answers a huge body has taken it all the same; 500 characters are kept", async () => {
    const one = await hook(text(200, "z".repeat(2_000_000)));
    const { status, attempt } = await told(one);
    expect(status).toBe("delivered");
    expect(attempt?.answer).toBe(`${"z".repeat(499)}…`);
  });

  it("that answers no text has nothing kept of it, and one with control characters has them taken out", async () => {
    const binary = await hook(text(400, Buffer.from([0xff, 0xfe, 0, 1])));
    expect((await told(binary)).attempt).toMatchObject({ status: 400, answer: null });
    const odd = await hook(text(400, "a\u001b[31mb"));
    await tell(ports, db.id, "em_2");
    await pump(env, ports);
    expect((await odd.deliveries())[0]?.attempts[0]?.answer).toBe("a [31mb");
  });

  it("Standard Webhooks: has 15 seconds to answer", async () => {
    const asked: unknown[] = [];
    const request: Ports["http"]["request"] = (each) => {
      asked.push(each.timeout);
      return ports.http.request(each);
    };
    const { status: became } = await told(await hook(status(204)), { ...ports, http: { ...ports.http, request } });
    expect([became, asked]).toEqual(["delivered", [15_000]]);
  });

  it("that hangs is given up, and left alone for longer each time", async () => {
    const one = await hook(hang);
    const { status, attempt, next } = await told(one, impatient(ports));
    expect(status).toBe("pending");
    expect(attempt).toMatchObject({ status: null, error: expect.stringContaining("no answer in time") });
    expect(next).not.toBeNull();
    await tell(ports, db.id, "em_2");
    await pump(env, impatient(ports));
    await later(env, 10, impatient(ports));
    expect(one.received).toHaveLength(1);
    await later(env, 90, impatient(ports));
    const { length } = one.received;
    expect(length).toBeGreaterThan(1);
    await later(env, 40, impatient(ports));
    expect(one.received).toHaveLength(length);
    one.answer((response) => void response.writeHead(200).end());
    for (let n = 0; n < 12; n++) await later(env, 60, ports);
    expect((await one.deliveries()).map(({ status }) => status)).toEqual(["delivered", "delivered"]);
  });

  it("that resets the connection, whose certificate is nobody's, or that is not there: each is said", async () => {
    const reset = await hook((response) => response.socket?.resetAndDestroy());
    expect((await told(reset)).attempt).toMatchObject({
      status: null,
      error: expect.stringMatching(/ECONNRESET|hang up/),
    });
    const secure = await startReceiver(status(200), { key: pem("localhost.key"), cert: pem("localhost.pem") });
    closing.push(secure.close);
    const untrusted = await hook(status(200), secure.url);
    await tell(ports, db.id, "em_2");
    await pump(env, ports);
    expect((await untrusted.deliveries())[0]?.attempts[0]?.error).toMatch(/CERT|SIGN/i);
    expect(secure.received).toEqual([]);
    const nowhere = await hook(status(200), `http://127.0.0.1:${await freePort()}/`);
    await tell(ports, db.id, "em_3");
    await pump(env, ports);
    expect((await nowhere.deliveries())[0]?.attempts[0]?.error).toContain("ECONNREFUSED");
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
