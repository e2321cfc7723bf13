import { registry } from "@posthouse/core/migration/registry";
import type { Ports } from "@posthouse/core/ports/main";
import type { Item } from "@posthouse/core/ports/store";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDns, type TestDns } from "../support/dns.ts";
import { dump } from "../support/leftovers.ts";
import { startSink } from "../support/sink.ts";
import { everything } from "./everything.ts";
import { kinds } from "./kinds.ts";
import { added, later } from "./later.ts";
import { readRelease } from "./release.ts";
import { type Player, play } from "./scenario.ts";
import { changes, shapesOf } from "./shape.ts";
import { openVault as vault } from "./vault.ts";

/** This release beside a later one, or after a roll back from it: all that it reads, that one has written. */

/** Kinds that the scenario reads nothing of, and why that is enough. */
const unread: Readonly<Record<string, string>> = {
  doctorNote: "one run of the doctor writes and reads it",
  doctorProbe: "one run of the doctor writes and reads it",
  incomingServerCount: "a number that conditions alone look at",
  loop: "two numbers and a revision that a condition looks at",
  pace: "a number of one second, there where SES has a rate",
  paceFactor: "there while SES throttles, for minutes",
  restored: "there after a restore; one number, read by name",
  reputation: "there from 200 recipients on; its attributes are read by name",
  softBounces: "a list of times, read by name",
  threadRemoval: "read after a crash alone",
};

const seen = new Set<string>();
let env: TestPorts;
let dns: TestDns;
let sink: Awaited<ReturnType<typeof startSink>>;
let player: Player;
let items: Item[];
beforeAll(async () => {
  [dns, sink] = await Promise.all([startDns(), startSink()]);
  env = await startTestPorts({ dns_servers: [dns.address], ports: { vault } });
  const ports: Ports = { ...env.ports, store: later(env.ports.store, seen) };
  player = await play({ env: { ...env, ports }, dns, sink });
  items = (await dump(env)) as Item[];
});
afterAll(() => Promise.all([env.close(), dns.close(), sink.close()]));

/** An answer without what it shows of attributes that this release does not know. */
const known = (text: string): unknown =>
  JSON.parse(text, (name, value: unknown) => (name in added || name === "v" ? undefined : value));

describe("what a later release has written", () => {
  it("is read the same: unknown attributes and a later version of the shape change no answer and no mail", async () => {
    const now = env.ports.clock.now();
    const still = { ...env.ports, clock: { ...env.ports.clock, now: () => now } };
    const plain = await everything(still, player.key);
    const answers = await everything({ ...still, store: later(still.store, seen) }, player.key);
    expect(plain.size).toBeGreaterThan(100);
    expect([...answers.keys()]).toEqual([...plain.keys()]);
    for (const [path, text] of plain) {
      const answer = answers.get(path) ?? "";
      if (text.startsWith("{")) expect(known(answer), path).toEqual(known(text));
      else expect(answer, path).toBe(text);
    }
    const sent = env.ses.mailbox.list().flatMap(({ recipients }) => recipients);
    expect(sent).toEqual(expect.arrayContaining(["customer@example.net", "two@example.net", "seven@example.net"]));
    expect(env.log.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("was of every kind that keys.ts knows: a new one is to come up in the scenario", () => {
    const missing = kinds.filter((kind) => !seen.has(kind) && unread[kind] === undefined);
    expect(missing, "kinds of items that test/upgrade/scenario.ts does not read").toEqual([]);
    expect(Object.keys(unread).filter((kind) => !kinds.includes(kind))).toEqual([]);
  });

  it("and is written over has the version of this release, so that the later one takes it forward again", () => {
    const written = items.filter((item) => Object.keys(added).some((name) => name in item));
    expect(written.length).toBeGreaterThan(0);
    for (const { sk, v } of written) expect([sk, v]).toEqual([sk, undefined]);
  });
});

describe("what this release writes", () => {
  const help =
    'shapes have changed: write a migration, or let the old attribute be. docs/upgrade.md, "A change of a shape"';

  it("has all that the newest fixture has in items of its kind and version, and a higher version has its migration", async () => {
    const [before, after] = [shapesOf((await readRelease("v2")).items), shapesOf(items)];
    expect(changes(before, after), help).toEqual([]);
    for (const [kind, version] of after.versions) {
      const [from, of] = [
        before.versions.get(kind) ?? 1,
        kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      ];
      for (let to = from + 1; to <= version; to++)
        expect(registry.map((one) => `${one.of} to ${one.to}`)).toContain(`${of} to ${to}`);
    }
  });

  it("is told to be otherwise where an attribute is gone or another type, and no version was raised", () => {
    const of = (item: object) => shapesOf([{ pk: "RCV#db_1", sk: "rcv_1", ...item }]);
    expect(changes(of({ a: 1, b: "x" }), of({ a: "1", c: 1 }))).toEqual([
      "received: a was number and is string",
      "received: b is gone",
    ]);
    expect(changes(of({ a: 1 }), of({ a: 2, more: [] }))).toEqual([]);
    expect(changes(of({ a: 1 }), of({ b: 1, v: 2 }))).toEqual([]);
  });
});
