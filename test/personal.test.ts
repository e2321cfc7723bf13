import { createImap } from "@posthouse/aws/imap/imap";
import { describe as describeError } from "@posthouse/aws/log/error";
import { pick } from "@posthouse/aws/log/log";
import { redact } from "@posthouse/aws/log/redact";
import { metrics } from "@posthouse/aws/metrics";
import { traced } from "@posthouse/aws/trace";
import * as Provision from "@posthouse/core/database/provision";
import * as Dispatch from "@posthouse/core/dispatch/batch";
import * as Feedback from "@posthouse/core/feedback/batch";
import { run as takeIn } from "@posthouse/core/inbound/batch";
import * as Incoming from "@posthouse/core/incoming/batch";
import { ImapUnavailable } from "@posthouse/core/ports/imap";
import type { Ports } from "@posthouse/core/ports/main";
import { tick } from "@posthouse/core/tick/run";
import * as Webhooks from "@posthouse/core/webhook/batch";
import type { Line } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Api, startApi } from "../packages/api/test/client.ts";
import { deliver, takeEvents } from "./support/database.ts";
import { login, type Mailbox, pem, startMailbox } from "./support/imap.ts";
import { arrive } from "./support/inbound.ts";
import { type Sink, startSink } from "./support/sink.ts";
import { type Daemon, headerOf, startDaemon } from "./support/xray.ts";

/** What is personal of the mail below: it must be in no line of log, whatever goes wrong. */
const personal = ["planted-mary", "planted-bob", "Planted subject", "Planted body", "Planted Name", "planted-file"];

let api: Api;
let sink: Sink;
let mailbox: Mailbox;
let daemon: Daemon;
/** As functions have them: SES's mailer is traced, and metrics are counted. */
let ports: Ports;
beforeAll(async () => {
  [mailbox, daemon] = await Promise.all([startMailbox(), startDaemon()]);
  const imap = createImap({ private_hosts: true, ca: [pem("ca.pem")] });
  api = await startApi({ imap });
  const ses = traced(api.machine.ports.ses, { header: () => headerOf("a"), daemon: daemon.place });
  ports = { ...api.machine.ports, imap, ses };
  // A server that says again whatever it was told
  sink = await startSink({
    onRcptTo: ({ address }, _session, done) => done(new Error(`no <${address}> "Planted Name" here`)),
  });
});
afterAll(async () => {
  await sink.close();
  await api.close();
  await Promise.all([mailbox.close(), daemon.close()]);
});

/** A line as it is written on Lambda: the test's own log keeps the fields as they were given. */
const written = ({ level, message, ...fields }: Line): string =>
  JSON.stringify({ level, message: redact(message), ...pick(fields) });
const found = (text: string) => personal.filter((each) => text.toLowerCase().includes(each.toLowerCase()));
const unclean = (texts: readonly string[]) => texts.filter((text) => found(text).length > 0);

/** A database that can send, and its key. */
async function database(name: string): Promise<string> {
  const { key } = await api.database(name);
  expect(await Provision.run(ports, await api.machine.jobs.take("provision"))).toEqual({ failed: [] });
  return key;
}

it("G6 no log line, metric or trace of what sends and receives holds an address, a name, a subject or a body", async () => {
  const { machine } = api;
  const key = await database("quiet");
  const reach = { host: "127.0.0.1", port: sink.port, encryption: "none", authentication: "none" };
  await api.call("POST", "/v1/servers", { name: "echo", ...reach, from_filter: "echo.example" }, { key });
  const mail = {
    to: "Planted Name <planted-mary@b.example>",
    subject: "Planted subject",
    text: "Planted body",
    attachments: [{ filename: "planted-file.txt", content: "UGxhbnRlZCBib2R5" }],
  };
  const plain = await database("plain");
  for (const [from, by] of [
    ["planted-bob@echo.example", key],
    ["planted-bob@quiet.posthouse.test", key],
    ["planted-bob@plain.posthouse.test", plain],
  ] as const)
    expect((await api.call("POST", "/v1/emails", { ...mail, from }, { key: by })).status).toBe(200);
  // Refused, misread, asked for by address
  await api.call("POST", "/v1/emails", { ...mail, from: "planted-bob@" }, { key });
  await api.call(
    "POST",
    "/v1/emails",
    { ...mail, from: "planted-bob@quiet.posthouse.test", "planted-mary": 1 },
    { key },
  );
  await api.call("GET", "/v1/suppressions/planted-mary@b.example?email=planted-bob", undefined, { key });
  await api.call("GET", "/v1/planted-mary@b.example", undefined, { key });
  await deliver({ ...machine, ports });
  await takeEvents({ ...machine, ports });
  const raw = `From: "Planted Name" <planted-bob@c.example>\nTo: planted-mary@quiet.posthouse.test\nSubject: Planted subject\nMessage-ID: <planted-mary@c.example>\n\nPlanted body\n`;
  const to = ["planted-mary@quiet.posthouse.test", "planted-mary@nobody.example"];
  const envelope_from = "planted-bob@c.example";
  await takeIn(ports, [await arrive(machine, { to, raw, envelope_from })]);
  await tick(ports);
  // What none of them can read, and a store that says what it was given
  const bodies = ["planted-mary@b.example", { database: "db_1", id: 5, subject: "Planted subject" }];
  const jobs = bodies.map((body, n) => ({ id: `m${n}`, group: null, body }));
  for (const run of [Dispatch.run, Feedback.run, Webhooks.run, takeIn]) await run(ports, jobs);
  const broken = () => Promise.reject(new Error("refused: <planted-mary@b.example>"));
  const store = { ...ports.store, get: broken, batchGet: broken, write: broken, transact: broken };
  const job = { id: "m9", group: null, body: { database: "db_1", id: "em_1" } };
  for (const run of [Dispatch.run, Webhooks.run]) await run({ ...ports, store }, [job]);
  // Otherwise nothing below could fail
  expect(machine.log.some(({ error }) => found(String(error)).length > 0)).toBe(true);
  const lines = machine.log.map(written);
  expect(lines.filter((line) => line.includes('"failure"')).length).toBeGreaterThanOrEqual(5);
  expect(unclean(lines)).toEqual([]);
  expect(found(JSON.stringify(describeError(new Error("<planted-mary@b.example>"))))).toEqual([]);
  const counted = metrics.flush({ stage: "s", function: "all" }, 1);
  for (const name of ["accepted", "sent", "failed", "received"]) expect(counted.join()).toContain(`"${name}":`);
  const [segment] = await daemon.segments(1);
  expect(segment?.annotations["outcome"]).toBe("accepted");
  expect(unclean([...counted, ...daemon.heard])).toEqual([]);
});

it("G6 nor does one of what fetches mail, whatever mailbox and server say", async () => {
  const { machine } = api;
  const key = await database("fetching");
  const { username, password } = login;
  const reach = { host: "localhost", port: mailbox.port, username, password };
  const input = { name: "Planted Name", address: "planted-mary@fetching.posthouse.test", ...reach };
  expect((await api.call("POST", "/v1/incoming-servers", input, { key })).status).toBe(201);
  const raw = `From: "Planted Name" <planted-bob@c.example>\nSubject: Planted subject\nMessage-ID: <planted-mary@c.example>\n`;
  const said = `NO [ALERT] "Planted Name" <planted-bob@c.example> ${password}: Planted subject`;
  const refusing: Ports["imap"]["open"] = () => Promise.reject(new ImapUnavailable("authentication", said));
  const broken = () => Promise.reject(new Error(`<planted-bob@c.example> password=${password}`));
  const poll = async (change: Partial<Ports> = {}) => {
    machine.advance(4 * 3_600_000);
    await tick(ports);
    const jobs = await machine.jobs.take("incoming");
    expect(jobs).toHaveLength(1);
    await Incoming.run({ ...ports, ...change }, jobs);
  };
  const from = machine.log.length;
  mailbox.put(`${raw}\nPlanted body\n`);
  await poll();
  expect(machine.log.slice(from).filter(({ level }) => level !== "info")).toEqual([]);
  mailbox.put(`${raw.replace("planted-mary", "planted-file")}\nPlanted body\n`);
  await poll({ blobs: { ...ports.blobs, put: broken } });
  await poll({ imap: { ...ports.imap, open: refusing } });
  await poll({ imap: { ...ports.imap, open: broken } });
  await poll({ store: { ...ports.store, get: broken, write: broken, transact: broken } });
  await Incoming.run(ports, [{ id: "m1", group: null, body: said }]);
  const lines = machine.log.slice(from);
  expect(lines.some(({ error }) => found(String(error)).length > 0)).toBe(true);
  expect(lines.length).toBeGreaterThanOrEqual(4);
  expect(unclean(lines.map(written))).toEqual([]);
  expect(lines.map(written).join()).not.toContain(password);
  const counted = metrics.flush({ stage: "s", function: "incoming" }, 1);
  expect(counted.join()).toContain('"received":1');
  expect(unclean(counted)).toEqual([]);
});

it("G6 nor does one of what makes databases ready, whatever SES says", async () => {
  const { machine } = api;
  await api.database("provisioned");
  const jobs = await machine.jobs.take("provision");
  expect(jobs).toHaveLength(1);
  const from = machine.log.length;
  const broken = () => Promise.reject(new Error("<planted-mary@b.example> may not CreateTenant"));
  const provider = { ...ports.provider, createTenant: broken };
  const ids = jobs.map(({ id }) => id);
  expect((await Provision.run({ ...ports, provider }, jobs)).failed.toSorted()).toEqual(ids.toSorted());
  const unreadable = [{ id: "m1", group: null, body: { database: ["planted-mary@b.example"] } }];
  expect(await Provision.run(ports, unreadable)).toEqual({ failed: ["m1"] });
  expect(await Provision.run(ports, jobs)).toEqual({ failed: [] });
  const lines = machine.log.slice(from);
  expect(lines.some(({ error }) => found(String(error)).length > 0)).toBe(true);
  expect(unclean([...lines.map(written), ...metrics.flush({ stage: "s", function: "provision" }, 1)])).toEqual([]);
});
