import type { Imap, ImapEndpoint } from "@posthouse/core/ports/imap";
import { afterEach, describe, expect, it } from "vitest";
import { login, type Mailbox, type MailboxOptions, pem, startMailbox } from "../../../../test/support/imap.ts";
import { createImap } from "./imap.ts";

let mailbox: Mailbox | undefined;
afterEach(async () => {
  await mailbox?.close();
  mailbox = undefined;
});

const trusting = createImap({ private_hosts: true, ca: [pem("ca.pem")] });
const { username, password } = login;

async function start(options: MailboxOptions = {}, changes: Partial<ImapEndpoint> = {}) {
  const box = await startMailbox(options);
  mailbox = box;
  const endpoint: ImapEndpoint = {
    host: "localhost",
    port: box.port,
    encryption: options.starttls ? "starttls_strict" : "tls_strict",
    authentication: "login",
    username,
    password,
    mailbox: "INBOX",
    ...changes,
  };
  return { box, endpoint };
}

const steps = async (imap: Imap, endpoint: ImapEndpoint) =>
  (await imap.probe(endpoint, 10_000)).map(({ step, ok, class: problem }) => [step, ok ? "ok" : problem]);
const all = [
  ["connect", "ok"],
  ["tls", "ok"],
  ["auth", "ok"],
  ["select", "ok"],
];

describe("R-IN-8 an open mailbox", () => {
  it("R-IN-8 lists, shows, fetches to the letter and marks", async () => {
    const { box, endpoint } = await start();
    const first = box.put("Subject: one\n\nHall\xf6chen\n", { at: new Date("2026-11-20T10:00:00Z") });
    const second = box.put("Subject: two\n\ntwo\n", { flags: ["\\Seen"] });
    const third = box.put("Subject: three\n\nthree\n");
    const session = await trusting.open(endpoint, 20_000);
    expect([session.uid_validity, session.uid_next]).toEqual(["7", third + 1]);
    const list = (unseen: boolean, above = 0, most = 10) =>
      session.list({ above, below: session.uid_next, unseen, most });
    expect(await list(false)).toEqual([first, second, third]);
    expect(await list(true)).toEqual([first, third]);
    expect(await list(false, first, 1)).toEqual([second]);
    expect(await list(false, third)).toEqual([]);
    expect(await session.look(first)).toEqual({ size: 27, at: Date.parse("2026-11-20T10:00:00Z") });
    expect(await session.look(99)).toBeUndefined();
    const raw = await session.fetch(first, 1_000);
    expect(Buffer.from(raw ?? []).toString("latin1")).toBe("Subject: one\r\n\r\nHall\xf6chen\r\n");
    expect((await session.fetch(first, 10))?.length).toBe(11);
    expect(await session.fetch(99, 10)).toBeUndefined();
    expect(box.mails().map(({ flags }) => flags.length)).toEqual([0, 1, 0]);
    expect(await session.mark(first, "seen")).toBe(true);
    expect(await session.mark(second, "delete")).toBe(true);
    expect(box.mails().map(({ uid, flags }) => [uid, flags])).toEqual([
      [first, ["\\Seen"]],
      [third, []],
    ]);
    await session.close();
  });

  it("R-IN-8 finds UIDs that lie far apart, and none beyond the end", async () => {
    const { box, endpoint } = await start();
    box.put("Subject: near\n\nx\n");
    const far = box.put("Subject: far\n\nx\n");
    const message = box.mails().find(({ uid }) => uid === far);
    if (message) message.uid = 3_000_000_000;
    const session = await trusting.open(endpoint, 20_000);
    const below = 3_000_000_001;
    expect(await session.list({ above: 1, below, unseen: false, most: 5 })).toEqual([3_000_000_000]);
    expect(await session.list({ above: 3_000_000_000, below, unseen: false, most: 5 })).toEqual([]);
    await session.close();
  });

  it("R-IN-8 without UIDPLUS only marks as deleted: what others have marked stays", async () => {
    const { box, endpoint } = await start({ uidplus: false });
    const theirs = box.put("Subject: theirs\n\nx\n", { flags: ["\\Deleted"] });
    const ours = box.put("Subject: ours\n\nx\n");
    const session = await trusting.open(endpoint, 20_000);
    expect(await session.list({ above: 0, below: session.uid_next, unseen: false, most: 5 })).toEqual([ours]);
    expect(await session.mark(ours, "delete")).toBe(true);
    expect(box.mails().map(({ uid }) => uid)).toEqual([theirs, ours]);
    expect(box.mails()[1]?.flags).toEqual(expect.arrayContaining(["\\Deleted", "\\Seen"]));
    await session.close();
  });
});

describe("R-IN-8 the way to a mailbox", () => {
  it.each([
    ["tls_strict", {}],
    ["tls", { certificate: "other-name" }],
    ["starttls_strict", { starttls: true }],
    ["starttls", { starttls: true, certificate: "other-name" }],
  ] as const)("R-IN-8 %s, step by step, and nothing is changed", async (encryption, options) => {
    const { box, endpoint } = await start(options, { encryption });
    box.put("Subject: one\n\nx\n");
    expect(await steps(trusting, endpoint)).toEqual(all);
    expect(box.mails()[0]?.flags).toEqual([]);
  });

  it("R-IN-8 by OAuth, and a refused token is a refused login", async () => {
    const { endpoint } = await start({}, { authentication: "oauth2", access_token: login.token });
    expect(await steps(trusting, endpoint)).toEqual(all);
    const refused = await steps(trusting, { ...endpoint, access_token: "another-token" });
    expect(refused.at(-1)).toEqual(["auth", "authentication"]);
  });

  const failures: [string, Partial<ImapEndpoint>, MailboxOptions, string[]][] = [
    ["a name without an address", { host: "nobody.invalid" }, {}, ["connect", "host_not_found"]],
    ["a port nobody listens on", { port: 9 }, {}, ["connect", "refused"]],
    ["port 25", { port: 25 }, {}, ["connect", "refused"]],
    ["a certificate for another name", {}, { certificate: "other-name" }, ["tls", "tls"]],
    ["STARTTLS where TLS is spoken at once", { encryption: "starttls_strict" }, {}, ["tls", "no_answer"]],
    ["TLS where there is none", { encryption: "tls_strict" }, { starttls: true }, ["tls", "tls"]],
    ["a wrong password", { password: "wrong-password" }, {}, ["auth", "authentication"]],
    ["a folder that is not there", { mailbox: "Nowhere" }, {}, ["select", "mailbox"]],
  ];
  it.each(failures)("R-IN-8 %s: the step and its class", async (_, changes, options, expected) => {
    const { endpoint } = await start(options, changes);
    const imap = createImap({ private_hosts: true, ca: [pem("ca.pem")], timeouts: { greeting: 1_500 } });
    const found = await imap.probe(endpoint, 10_000);
    const last = found.at(-1);
    expect([last?.step, last?.class]).toEqual(expected);
    expect(found.slice(0, -1).every(({ ok }) => ok)).toBe(true);
    expect(JSON.stringify(found)).not.toContain("wrong-password");
  });

  it("R-IN-8 a certificate of an unknown authority is refused by strict, and not looked at otherwise", async () => {
    const { endpoint } = await start();
    const plain = createImap({ private_hosts: true });
    expect((await steps(plain, endpoint)).at(-1)).toEqual(["tls", "tls"]);
    expect(await steps(plain, { ...endpoint, encryption: "tls" })).toEqual(all);
  });

  it("R-IN-8 G7 leads to no private network, whatever its name says", async () => {
    const { box, endpoint } = await start();
    const guarded = createImap({ private_hosts: false, ca: [pem("ca.pem")], dns: async () => ["127.0.0.1"] });
    expect(await steps(guarded, { ...endpoint, host: "imap.company.com" })).toEqual([["connect", "refused"]]);
    expect(box.seen.connections).toBe(0);
  });
});
