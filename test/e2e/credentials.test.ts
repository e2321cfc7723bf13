import * as Domain from "@posthouse/core/domain/domain";
import { accept } from "@posthouse/core/email/accept";
import { secretPrefix } from "@posthouse/core/keys";
import * as Server from "@posthouse/core/server/server";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../support/database.ts";
import { type Sink, startSink } from "../support/sink.ts";

/** N databases × M servers × random From: whose credential is on the wire (the one thing that must never be mixed up). */

let env: TestPorts;
let sink: Sink;
const logins: { username: string; password: string }[] = [];
beforeAll(async () => {
  env = await startTestPorts();
  sink = await startSink({
    authOptional: false,
    onAuth: ({ username, password }, _session, done) => {
      logins.push({ username: username ?? "", password: password ?? "" });
      done(null, { user: username });
    },
  });
});
afterAll(async () => {
  await sink.close();
  await env.close();
});

/** All databases claim the same names: what tells them apart is nothing but whose they are. */
const names = ["one.example", "two.example", "three.example"];
const locals = ["sales", "info", "mary"];

interface Made {
  readonly id: string;
  readonly filter: string | null;
  readonly priority: number;
}

interface Tenant {
  readonly n: number;
  readonly db: TestDatabase;
  readonly servers: readonly Made[];
}

const passwordOf = (db: number, server: number) => `password of ${db} and ${server}`;

async function tenant(n: number, filters: readonly (string | null)[]): Promise<Tenant> {
  const db = await makeDatabase(env.ports, { name: `credential${n}` });
  for (const name of names) await Domain.create(env.ports, await db.version(), { name });
  const servers: Made[] = [];
  for (const [m, from_filter] of filters.entries()) {
    const priority = 10 + m;
    const { id } = await Server.create(env.ports, await db.version(), {
      // alike in every database, down to the name and the user before the plus
      name: `server ${m}`,
      host: "127.0.0.1",
      port: sink.port,
      encryption: "none",
      username: `${n}/${m}`,
      password: passwordOf(n, m),
      priority,
      from_filter,
    });
    servers.push({ id, filter: from_filter, priority });
  }
  return { n, db, servers };
}

/** Which server's login is right by the page's rules alone, written anew: exact, domain, unfiltered, first. */
function expected({ n, servers }: Tenant, from: string, forced: number | undefined): string {
  const at = (m: number) => `${n}/${m}`;
  if (forced !== undefined) return at(forced);
  const parts = servers.map(({ filter }) => filter?.split(", ") ?? null);
  const exact = parts.findIndex((each) => each?.includes(from));
  const domain = parts.findIndex((each) => each?.includes(from.split("@")[1] ?? ""));
  const open = parts.indexOf(null);
  return at([exact, domain, open].find((found) => found >= 0) ?? 0);
}

const filters = fc.option(
  fc
    .uniqueArray(
      fc.oneof(
        fc.constantFrom(...names),
        fc.tuple(fc.constantFrom(...locals), fc.constantFrom(...names)).map((parts) => parts.join("@")),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((parts) => parts.join(", ")),
  { nil: null, freq: 5 },
);

it("G5 the credential on the wire is always the right database's and the right server's", async () => {
  const servers = fc.sample(fc.array(filters, { minLength: 2, maxLength: 4 }), { numRuns: 4, seed: 20 });
  const tenants: Tenant[] = [];
  for (const [n, each] of servers.entries()) tenants.push(await tenant(n, each));
  const mails = fc.record({
    db: fc.nat(tenants.length - 1),
    local: fc.constantFrom(...locals),
    domain: fc.constantFrom(...names, "foreign.example"),
    force: fc.option(fc.nat(20), { nil: undefined, freq: 4 }),
  });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(mails, { minLength: 1, maxLength: 12 }), async (batch) => {
      const right = new Map<string, string>();
      for (const { db, local, domain, force } of batch) {
        const one = tenants[db] as Tenant;
        const forced = force === undefined ? undefined : force % one.servers.length;
        const from = `${local}@${domain}`;
        const subject = `mail ${count++} `;
        const server = forced === undefined ? {} : { server: one.servers[forced]?.id ?? "" };
        await accept(env.ports, await one.db.version(), mail({ from, subject: subject.trim(), ...server }));
        right.set(subject.trim(), expected(one, from, forced));
      }
      await deliver(env);
      const wire = sink.caught.slice(-batch.length);
      const shown = wire.map(({ raw, user }) => [/^Subject: (.*)$/m.exec(raw)?.[1]?.trim(), user] as const);
      expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(right));
    }),
    { numRuns: 12 },
  );
  for (const { username, password } of logins) {
    const [db, server] = username.split("/").map(Number);
    expect(password).toBe(passwordOf(db ?? -1, server ?? -1));
  }
  expect(new Set(logins.map(({ username }) => username)).size).toBeGreaterThan(6);
});

interface Login {
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** Two SMTP servers, what they were shown, and what is done at the RCPT of a mail. */
async function startPlaces() {
  const shown: Login[] = [];
  const doing = { rcpt: async (): Promise<void> => undefined };
  const listen = async (): Promise<Sink> => {
    const place: Sink = await startSink({
      authOptional: false,
      onAuth: ({ username, password }, _session, done) => {
        shown.push({ port: place.port, username: username ?? "", password: password ?? "" });
        done(null, { user: username });
      },
      onRcptTo: (_address, _session, done) => void doing.rcpt().then(() => done(), done),
    });
    return place;
  };
  return { shown, doing, places: [await listen(), await listen()] as const };
}

/** Ports with which something is done right before the secrets of a server are read. */
function hooked(read: () => Promise<void>): TestPorts {
  const { store } = env.ports;
  const get: typeof store.get = async (key, options) => {
    if (key.sk.startsWith(secretPrefix)) await read();
    return store.get(key, options);
  };
  return { ...env, ports: { ...env.ports, store: { ...store, get } } };
}

/** What becomes of the server, and when: as its secrets are about to be read, or while a mail is handed over. */
interface Move {
  readonly when: "read" | "rcpt";
  readonly place: 0 | 1;
  readonly username: string;
}

const moves: fc.Arbitrary<Move> = fc.record({
  when: fc.constantFrom("read", "rcpt"),
  place: fc.constantFrom(0, 1),
  username: fc.constantFrom("mary", "anne"),
});

it("G5 G6 a server changed in the middle of a batch: no password is shown elsewhere than where it is for", async () => {
  const { shown, doing, places } = await startPlaces();
  const count = () => places[0].caught.length + places[1].caught.length;
  const login = ({ port }: Sink, username: string, n: number) => ({
    port,
    username,
    password: `${port} ${username} ${n}`,
  });
  const db = await makeDatabase(env.ports, { name: "moving" });
  await Domain.create(env.ports, await db.version(), { name: "one.example" });
  const server = { name: "tx", host: "127.0.0.1", encryption: "none", from_filter: "one.example" } as const;
  const first = { ...server, ...login(places[0], "mary", 0) };
  const { id } = await Server.create(env.ports, await db.version(), first);
  const send = async () => accept(env.ports, await db.version(), mail({ from: "sales@one.example" }));
  const property = async (steps: Move[]) => {
    const left = [...steps];
    let now: Sink | undefined;
    const move = async (when: "read" | "rcpt") => {
      if (left[0]?.when !== when) return;
      const { place, username } = left.shift() as Move;
      now = places[place];
      await Server.patch(env.ports, await db.version(), id, login(places[place], username, left.length));
    };
    doing.rcpt = () => move("rcpt");
    const before = count();
    for (let n = 0; n < 4; n++) await send();
    await deliver(hooked(() => move("read")));
    const there = now?.caught.length ?? 0;
    await send();
    await deliver(env);
    expect(now?.caught.length ?? there + 1).toBe(there + 1);
    expect(count()).toBe(before + 5);
  };
  try {
    const steps = fc.array(moves, { minLength: 1, maxLength: 2 });
    await fc.assert(fc.asyncProperty(steps, property), { numRuns: 8, seed: 4 });
  } finally {
    for (const place of places) await place.close();
  }
  for (const { port, username, password } of shown) expect(password).toMatch(`${port} ${username} `);
  expect(new Set(shown.map(({ port, username }) => `${port} ${username}`)).size).toBeGreaterThan(2);
});
