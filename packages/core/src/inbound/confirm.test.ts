import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { received, said, take, taken, written } from "../../../../test/support/taking.ts";
import { makeHook, pump } from "../../../../test/support/webhooks.ts";
import * as Alias from "../alias/alias.ts";
import { ensure } from "../thread/ensure.ts";
import { confirm } from "./confirm.ts";

let env: TestPorts;
let db: TestDatabase;
const D = "company-name.posthouse.test";
const ticket = (record_id: string) => ({ model: "helpdesk.ticket", record_id });
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  await Alias.create(env.ports, await db.version(), { name: "support", model: "helpdesk.ticket" });
});
afterAll(() => env.close());

const come = async (fields: Record<string, string> = {}) => {
  const [one] = await taken(env, db, { to: [`support@${D}`], raw: written(fields) });
  return one?.id ?? "";
};
const named = async (id: string, record_id?: string) => confirm(env.ports, await db.version(), id, record_id);

describe("R-IN-6 what the application says of a new record", () => {
  it("R-IN-6 gives the thread the record's id: it is found by that, and answers come there", async () => {
    const id = await come({ "Message-ID": "<first@customer.example>" });
    expect((await named(id, "41")).route.thread).toEqual({ ...ticket("41"), new: false });
    expect(await received(env, db)).toEqual([]);
    const answer = written({ References: "<first@customer.example>" });
    const [next] = await taken(env, db, { to: [`support@${D}`], raw: answer });
    expect(next?.route).toMatchObject({ rule: "reply", thread: { ...ticket("41"), new: false } });
    expect(await said(env, db, ticket("41"))).toHaveLength(2);
    // By the name it had the application may still ask for it
    expect(await said(env, db, ticket(id))).toHaveLength(2);
    await named(next?.id ?? "");
  });

  it("R-IN-6 repeated it answers the same; another id is refused, as is one for a mail that made no record", async () => {
    const id = await come({ "Message-ID": "<second@customer.example>" });
    const first = await named(id, "42");
    expect(await named(id, "42")).toEqual(first);
    expect(await named(id)).toEqual(first);
    await expect(named(id, "43")).rejects.toMatchObject({ name: "conflict" });
    const answer = await come({ References: "<second@customer.example>" });
    await expect(named(answer, "43")).rejects.toMatchObject({ name: "conflict" });
    expect((await named(answer)).confirmed_at).not.toBeNull();
  });

  it("R-IN-6 may be said after the mail was confirmed, and not of a record that has a thread already", async () => {
    const id = await come();
    const { confirmed_at } = await named(id);
    await ensure(env.ports, await db.version(), ticket("taken"));
    await expect(named(id, "taken")).rejects.toMatchObject({ name: "conflict" });
    expect(await named(id, "44")).toMatchObject({ confirmed_at, route: { thread: ticket("44") } });
  });
});

it("R-IN-6 an entry and a new record are told as `message.received`, once, all else as `email.received`", async () => {
  const hook = await makeHook(env.ports, db.id, { events: ["message.received", "email.received"] });
  const type = 'multipart/mixed; boundary="b"';
  const body = `--b\nContent-Type: text/plain\n\n${"x".repeat(5_000)}\n--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename="a.csv"\n\n1\n--b--`;
  const raw = written({ Subject: "Told", "MIME-Version": "1.0", "Content-Type": type }, body);
  for (let n = 0; n < 2; n++) await take(env, { to: [`support@${D}`], raw });
  await take(env, { to: [`catchall@${D}`], raw: written() });
  await pump(env, env.ports);
  const [entry, other] = await received(env, db);
  expect(hook.received.map(({ json }) => json)).toEqual([
    {
      type: "message.received",
      created_at: entry?.received_at,
      data: {
        received_id: entry?.id,
        created_at: entry?.received_at,
        message_id: entry?.route.message,
        thread: { ...ticket(entry?.id ?? ""), new: true },
        author: { name: "Mary", address: "mary@customer.example" },
        subject: "Told",
        text: expect.stringMatching(/^x{3999}…$/),
        attachments: ["a.csv"],
        in_reply_to_email: null,
      },
    },
    expect.objectContaining({
      type: "email.received",
      data: expect.objectContaining({ received_id: other?.id, status: "rejected" }),
    }),
  ]);
  await hook.close();
});
