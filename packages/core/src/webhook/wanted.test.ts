import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import type { Ports } from "../ports/main.ts";
import type { Store } from "../ports/store.ts";
import { create } from "./create.ts";
import type { Owner } from "./endpoint.ts";
import type { EventType } from "./outbox.ts";
import { wanted } from "./wanted.ts";
import * as Webhook from "./webhook.ts";

let machine: TestPorts;
let ports: Ports;
let db: Owner;
let name: string;
beginFresh(
  "wants",
  (fresh) => {
    machine = fresh.env;
    ports = machine.ports;
    db = fresh.db.id;
    name = fresh.name;
  },
  { provisioned: false },
);

/** Time as another process has it: it stands still but for what a test does. */
let now = 0;

/** The ports as another process has them: what this one remembers of the store it does not. */
const elsewhere = (store: Partial<Store> = {}): Ports => {
  const { get, batchGet, query, write, transact } = ports.store;
  const clock = { ...ports.clock, now: () => now };
  return { ...ports, clock, store: { get, batchGet, query, write, transact, ...store } };
};

const endpoint = "https://hooks.example.com/";
const make = (owner: Owner, ...events: EventType[]) => create(ports, owner, { endpoint, events });
const sorted = async (from: Ports = ports, owner = db) => [...(await wanted(from, owner))].toSorted();

describe("what webhooks want", () => {
  it("is what the enabled endpoints of the database and of the operator are to be told, and of no other", async () => {
    expect(await sorted()).toEqual([]);
    await make(db, "email.sent", "email.bounced");
    const disabled = await make(db, "email.opened");
    await Webhook.patch(ports, db, disabled.id, { status: "disabled" });
    const operators = await make("operator", "database.paused", "email.sent");
    const other = (await makeDatabase(ports, { name: `other-${name}` }, { provisioned: false })).id;
    await make(other, "email.clicked");
    expect(await sorted()).toEqual(["database.paused", "email.bounced", "email.sent"]);
    await Webhook.remove(ports, "operator", operators.id);
    expect(await sorted()).toEqual(["email.bounced", "email.sent"]);
  });

  it("is seen at once by the process that changed it, by every other within 10 s", async () => {
    const other = elsewhere();
    expect(await sorted(other)).toEqual([]);
    const { id } = await make(db, "email.sent");
    expect(await sorted()).toEqual(["email.sent"]);
    expect(await sorted(other)).toEqual([]);
    now += 10_000;
    expect(await sorted(other)).toEqual(["email.sent"]);
    await Webhook.remove(ports, db, id);
    expect(await sorted()).toEqual([]);
    expect(await sorted(other)).toEqual(["email.sent"]);
    now += 10_000;
    expect(await sorted(other)).toEqual([]);
  });

  it("costs one query a database and one of the operator in 10 s, half a unit each", async () => {
    await make(db, "email.sent");
    const second = (await makeDatabase(ports, { name: `other-${name}` }, { provisioned: false })).id;
    const queries: string[] = [];
    const other = elsewhere({
      query: async (query) => {
        queries.push(query.pk);
        return ports.store.query(query);
      },
    });
    const before = machine.meter.read();
    await Promise.all([sorted(other), sorted(other), sorted(other, second), sorted(other, second)]);
    await sorted(other);
    expect(queries.toSorted()).toEqual([`HOOK#${db}`, `HOOK#${second}`, "HOOK#operator"].toSorted());
    expect(machine.meter.read().reads - before.reads).toBe(1.5);
  });

  it("a read that failed is made again with the next question", async () => {
    await make(db, "email.sent");
    let failing = true;
    const other = elsewhere({
      query: async (query) => {
        if (failing) throw new Error("the table is away");
        return ports.store.query(query);
      },
    });
    await expect(wanted(other, db)).rejects.toThrow("away");
    failing = false;
    expect(await sorted(other)).toEqual(["email.sent"]);
  });
});
