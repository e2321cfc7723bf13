import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createClient } from "../support/http.ts";
import { type Posthouse, startPosthouse } from "../support/process.ts";
import { type Received, type Receiver, startReceiver } from "../support/receiver.ts";

/** What became of a mail, through the whole product: SES, SNS, SQS, functions, API, and a webhook's receiver. */

type Json = Record<string, unknown>;

let posthouse: Posthouse;
let receiver: Receiver;
let key: string;
let verifier: Webhook;

beforeAll(async () => {
  [posthouse, receiver] = await Promise.all([startPosthouse(), startReceiver()]);
  key = String((await call("POST", "/databases", { name: "company-name" }, posthouse.operatorKey))["api_key"]);
  const events = ["email.sent", "email.delivered", "email.bounced", "email.complained", "suppression.added"];
  const made = await call("POST", "/webhooks", { endpoint: receiver.url, events });
  verifier = new Webhook(String(made["signing_secret"]));
}, 90_000);
afterAll(async () => {
  await posthouse.stop();
  await receiver.close();
});

async function call(method: string, path: string, body?: Json, as = key): Promise<Json> {
  const answer = await createClient(posthouse.url, { key: as }).call(method, `/v1${path}`, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const simulator = (name: string) => `${name}@simulator.amazonses.com`;
const wait = { timeout: 30_000, interval: 20 };
const email = (id: string) => call("GET", `/emails/${id}`);
const list = async (path: string) => (await call("GET", path))["data"] as Json[];
const suppressed = async (address: string) => (await list("/suppressions")).filter((one) => one["email"] === address);

async function send(to: string): Promise<string> {
  return String((await call("POST", "/emails", { to, subject: "Order 7", text: "Thank you." }))["id"]);
}

/** A webhook that was received, of a type and an email, or an address; its signature verified as a receiver would. */
async function hooked(type: string, about: string): Promise<Received["json"]> {
  const isIt = ({ json: { type: its, data } }: Received) =>
    its === type && [data["email_id"], data["email"]].includes(about);
  const found = await vi.waitFor(() => {
    const one = receiver.received.find(isIt);
    if (!one) throw new Error(`${type} of ${about} was not received`);
    return one;
  }, wait);
  const headers = Object.entries(found.headers).map(([name, value]) => [name, String(value)] as const);
  return verifier.verify(found.body, Object.fromEntries(headers)) as Received["json"];
}

const told = (about: string) =>
  receiver.received.filter(({ json }) => json.data["email_id"] === about).map(({ json }) => json.type);

describe("the mailbox simulator, through the embedded machine", () => {
  it("R-FAIL-3 R-FAIL-5 bounce@ is bounced, in the red envelope, suppressed, and told to a webhook", async () => {
    const address = simulator("bounce");
    const id = await send(address);
    await vi.waitFor(async () => expect(await email(id)).toMatchObject({ status: "bounced" }), wait);
    const bounced = await hooked("email.bounced", id);
    const added = await hooked("suppression.added", address);
    expect(await email(id)).toMatchObject({
      attention: true,
      recipients: [{ state: "bounced", failure_type: "bounce", reply: expect.stringContaining("5.1.1") }],
    });
    expect((await list("/emails?attention=true")).map((one) => one["id"])).toContain(id);
    expect(await suppressed(address)).toMatchObject([{ scope: "all", origin: "bounce", source_id: id }]);
    expect(bounced.data).toMatchObject({ email_id: id, to: [address], bounce: { type: "Permanent" } });
    expect(added.data).toMatchObject({ email: address, origin: "bounce", scope: "all" });
    expect(Date.parse(bounced.created_at)).toBeGreaterThan(0);
    await hooked("email.sent", id);
    const again = await call("POST", "/emails", { to: address, subject: "s", text: "t" });
    expect(again).toMatchObject({ suppressed: [{ address, reason: "suppressed" }] });
  }, 60_000);

  it("R-FAIL-5 complaint@ is delivered, then complained of, in the red envelope and suppressed", async () => {
    const address = simulator("complaint");
    const id = await send(address);
    await vi.waitFor(async () => expect(await email(id)).toMatchObject({ status: "complained" }), wait);
    expect((await hooked("email.complained", id)).data).toMatchObject({ to: [address] });
    expect((await hooked("suppression.added", address)).data).toMatchObject({ origin: "complaint" });
    expect(await email(id)).toMatchObject({ attention: true, recipients: [{ failure_type: "complaint" }] });
    expect(await suppressed(address)).toMatchObject([{ scope: "all", origin: "complaint", source_id: id }]);
  }, 60_000);

  it("R-FAIL-4 ooto@ is delivered: an automatic answer is no bounce, and suppresses nobody", async () => {
    const address = simulator("ooto");
    const id = await send(address);
    await vi.waitFor(async () => {
      const { status, events } = await email(id);
      const types = (events as Json[]).map(({ type }) => type);
      expect([status, types]).toEqual(["delivered", expect.arrayContaining(["delivered", "auto_replied"])]);
    }, wait);
    await hooked("email.delivered", id);
    expect(await email(id)).toMatchObject({ attention: false });
    expect(await suppressed(address)).toEqual([]);
    expect(told(id)).not.toContain("email.bounced");
  }, 60_000);

  it("R-FAIL-5 suppressionlist@ is bounced by SES's own list, in the red envelope and suppressed", async () => {
    const address = simulator("suppressionlist");
    const id = await send(address);
    await vi.waitFor(async () => expect(await email(id)).toMatchObject({ status: "bounced" }), wait);
    expect((await hooked("email.bounced", id)).data).toMatchObject({
      bounce: { type: "Permanent", subType: "OnAccountSuppressionList" },
    });
    await hooked("suppression.added", address);
    expect(await email(id)).toMatchObject({ attention: true });
    expect(await suppressed(address)).toMatchObject([{ scope: "all" }]);
  }, 60_000);

  it("G4 the day's history counts each of them", async () => {
    const { history } = await call("GET", "/usage");
    expect((history as Json[])[0]).toMatchObject({ delivered: 2, bounced: 2, complained: 1 });
  });
});
