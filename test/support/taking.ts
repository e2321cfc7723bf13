import { run } from "@posthouse/core/inbound/batch";
import { list } from "@posthouse/core/inbound/list";
import type { ReceivedView } from "@posthouse/core/inbound/view";
import * as History from "@posthouse/core/thread/history";
import type { RecordRef } from "@posthouse/core/thread/record";
import type { TestPorts } from "@posthouse/local/testing";
import { expect } from "vitest";
import type { TestDatabase } from "./database.ts";
import { arrive, type Incoming } from "./inbound.ts";

let made = 0;

/** A mail of a person's: header fields as given, over the usual ones. */
export function written(fields: Readonly<Record<string, string>> = {}, body = "Hello there."): string {
  const usual = {
    From: '"Mary" <mary@customer.example>',
    To: "support@company-name.posthouse.test",
    Subject: "A question",
    "Message-ID": `<m${made++}@customer.example>`,
  };
  const lines = Object.entries({ ...usual, ...fields }).map(([name, value]) => `${name}: ${value}`);
  return `${lines.join("\n")}\n\n${body}\n`;
}

/** Takes a mail in as the function does. */
export async function take(env: TestPorts, incoming: Incoming): Promise<void> {
  expect(await run(env.ports, [await arrive(env, incoming)])).toEqual({ failed: [] });
}

/** All that is unconfirmed. */
export const received = async (env: TestPorts, { id }: TestDatabase): Promise<readonly ReceivedView[]> =>
  (await list(env.ports, id, { limit: 100 })).data;

/** What of the mail of a database is new once a mail was taken in. */
export async function taken(env: TestPorts, db: TestDatabase, incoming: Incoming): Promise<ReceivedView[]> {
  const before = new Set((await received(env, db)).map(({ id }) => id));
  await take(env, incoming);
  return (await received(env, db)).filter(({ id }) => !before.has(id));
}

/** What was said on a record, oldest first. */
export const said = async (env: TestPorts, db: TestDatabase, ref: RecordRef) =>
  (await History.list(env.ports, await db.version(), ref, { limit: 100 })).data;
