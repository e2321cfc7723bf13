import { fromItem, type Version } from "../database/version.ts";
import type { Failed, Job } from "../job.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { Changed } from "../server/binding.ts";
import { finish, type Lease, Lost, release, take } from "./lease.ts";
import * as Message from "./message.ts";
import { poll } from "./poll.ts";

/** Mailboxes read at a time: each may bring a mail of 40 MB. */
const width = 2;
/** How long a batch begins with another mailbox, in ms; the tick brings the rest again. */
const patience = 240_000;

/**
 * Fetches the mail of incoming servers that are due (R-IN-8). What could not be done is not delivered again: the tick
 * brings each server when its time has come.
 * @returns messages that are none, to end in the dead-letter queue.
 */
export async function run(ports: Ports, jobs: readonly Job[]): Promise<Failed> {
  const until = ports.clock.now() + patience;
  const failed: string[] = [];
  const waiting = jobs.values();
  const worker = async () => {
    for (const job of waiting) {
      const named = Message.read(job.body);
      if (!named) failed.push(job.id);
      else if (ports.clock.now() < until) await look(ports, named);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return { failed };
}

/** Looks into one mailbox; its failure does not keep the others from their turn. */
async function look(ports: Ports, named: Message.Named): Promise<void> {
  const { database, server } = named;
  try {
    const version = await active(ports, database);
    const lease = version && (await take(ports, named));
    if (version && lease && (await tend(ports, version, lease)))
      await ports.queue.send("incoming", [Message.write(named)]);
  } catch (error) {
    if (error instanceof Lost) return;
    ports.log.error("an incoming server was not polled", { operation: "incoming", database, server, error });
  }
}

/**
 * A database that is paused, being deleted, or not live fetches no mail: it waits where it is. One that mails nobody is a
 * copy, or is being moved here: the mailbox is still that of the live one, which would lose what is fetched.
 */
async function active({ store }: Pick<Ports, "store">, database: string): Promise<Version | undefined> {
  const item = await store.get(keys.version(database), { consistent: true });
  const version = item && fromItem(item);
  return version?.status === "active" && version.delivery === "live" ? version : undefined;
}

/**
 * A poll, of which what fails on our side is noted too: it may be the mail's fault.
 * @returns whether there is more.
 */
async function tend(ports: Ports, version: Version, lease: Lease): Promise<boolean> {
  try {
    return await poll(ports, version, lease);
  } catch (error) {
    if (error instanceof Lost) throw error;
    if (error instanceof Changed) {
      // between the reading of the record and of its secrets: the next look sees both
      await release(ports, lease);
      return false;
    }
    const at = new Date(ports.clock.now()).toISOString();
    const internal = { class: "internal", reply: "the mail could not be taken in: it is tried again", at } as const;
    await finish(ports, lease, { error: internal, failed: true, stopped: true });
    throw error;
  }
}
