import { expect, it, onTestFinished } from "vitest";
import * as Database from "./database.ts";
import { createDir } from "./fixture.ts";

async function open() {
  const database = Database.open(await createDir());
  onTestFinished(() => database.sql.close());
  const insert = database.sql.prepare("INSERT INTO event (topic, due, body) VALUES (?, 0, '')");
  const write = (topic: string, fail = false) => {
    insert.run(topic);
    if (fail) throw new Error(`refused ${topic}`);
    return topic;
  };
  const topics = () =>
    database.sql
      .prepare("SELECT topic FROM event ORDER BY seq")
      .all()
      .map(({ topic }) => topic);
  return { ...database, write, topics };
}

it("commits what is asked for in one turn together, and undoes a failing job alone", async () => {
  const { commit, write, topics } = await open();
  const calls = [commit(() => write("a")), commit(() => write("b", true)), commit(() => write("c"))];
  expect(topics()).toEqual([]);
  expect(await Promise.allSettled(calls)).toMatchObject([
    { status: "fulfilled", value: "a" },
    { status: "rejected", reason: { message: "refused b" } },
    { status: "fulfilled", value: "c" },
  ]);
  expect(topics()).toEqual(["a", "c"]);
});

it("keeps nothing of a transaction that fails", async () => {
  const { transaction, write, topics } = await open();
  expect(() => transaction(() => [write("a"), write("b", true)])).toThrow("refused b");
  expect(transaction(() => write("c"))).toBe("c");
  expect(topics()).toEqual(["c"]);
});

it("rejects every waiting job when the file cannot be written", async () => {
  const { sql, commit, write } = await open();
  sql.exec("PRAGMA query_only = ON");
  const results = await Promise.allSettled([commit(() => write("a")), commit(() => write("b"))]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
