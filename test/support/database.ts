import { type CreateInput, create } from "@posthouse/core/database/create";
import { run as provision } from "@posthouse/core/database/provision";
import { read, type Version } from "@posthouse/core/database/version";
import * as Dispatch from "@posthouse/core/dispatch/batch";
import type { SendRequest } from "@posthouse/core/email/request";
import * as Feedback from "@posthouse/core/feedback/batch";
import type { Ports } from "@posthouse/core/ports/main";
import type { TestPorts } from "@posthouse/local/testing";

/** A database as a test uses it. */
export interface TestDatabase {
  readonly id: Version["id"];
  readonly key: string;
  version(): Promise<Version>;
}

/** Makes a database and, unless told otherwise, what it needs at SES. */
export async function makeDatabase(
  ports: Ports,
  input: Partial<CreateInput> = {},
  { provisioned = true } = {},
): Promise<TestDatabase> {
  const { database, api_key } = await create(ports, { name: "company-name", ...input });
  if (provisioned) await provision(ports, [{ id: "1", group: null, body: { database: database.id } }]);
  const id = database.id as Version["id"];
  return { id, key: api_key, version: () => read(ports.store, id) };
}

/** A small mail to one recipient. */
export const mail = (changes: Partial<SendRequest> = {}): SendRequest => ({
  to: ["customer@example.net"],
  cc: [],
  bcc: [],
  reply_to: [],
  subject: "Hello",
  text: "Hello there.",
  headers: {},
  attachments: [],
  tags: [],
  kind: "transactional",
  ...changes,
});

/** Plays the event-source mappings until the queues of mail are empty. */
export async function deliver({ ports, jobs }: TestPorts): Promise<void> {
  for (;;) {
    const batches = await Promise.all((["dispatch", "mass", "external"] as const).map((queue) => jobs.take(queue)));
    const taken = batches.flat();
    if (taken.length === 0) return;
    const { failed } = await Dispatch.run(ports, taken);
    if (failed.length > 0) throw new Error(`dispatch failed for ${failed.length} of ${taken.length}`);
  }
}

/** Takes in the SES events that have come so far. */
export async function takeEvents({ ports, jobs }: TestPorts): Promise<number> {
  const taken = await jobs.take("feedback");
  await Feedback.run(ports, taken);
  return taken.length;
}
