import { isBusy } from "../configuration/commit.ts";
import * as Secret from "../database/secret.ts";
import { fromItem as versionOf } from "../database/version.ts";
import { type Event, endOf } from "../email/event.ts";
import { fromItem, type Head } from "../email/head.ts";
import * as keys from "../keys.ts";
import * as OptOut from "../opt-out/record.ts";
import type { Ports } from "../ports/main.ts";
import { retry } from "../retry.ts";
import * as Token from "./token.ts";

type Needs = Pick<Ports, "store" | "vault" | "clock" | "random">;

/** Whose mass mail of which database an unsubscribe link is about. */
export interface Subscription extends Token.Reference {
  /** The email the link was in; undefined where it is no longer kept. */
  readonly head: Head | undefined;
}

/**
 * What an unsubscribe link leads to. Changes nothing.
 * @returns undefined for whatever is no token of ours, was changed, or is of a database that is gone: nobody learns which.
 */
export async function find(ports: Needs, token: string): Promise<Subscription | undefined> {
  const database = Token.databaseOf(token);
  const secrets = database === undefined ? undefined : await Secret.find(ports, database);
  const reference = secrets && Token.open(token, secrets.token_key);
  if (!reference) return undefined;
  const wanted = [keys.version(reference.database), keys.emailHead(reference.database, reference.email)];
  const items = await ports.store.batchGet(wanted, { consistent: true });
  const [version, head] = ["VERSION", "HEAD"].map((sk) => items.find((item) => item.sk === sk));
  if (!version || versionOf(version).status === "deleting") return undefined;
  return { ...reference, head: head && fromItem(head) };
}

/**
 * Takes the recipient out of the database's mass mail (R-KIND-3), and tells the timeline of the email. It may be asked any
 * number of times: the first counts, and a later one writes what a crash has left out.
 */
export async function optOut(ports: Needs, subscription: Subscription): Promise<void> {
  const { database, email, address } = subscription;
  const at = new Date(ports.clock.now()).toISOString();
  const isNew = await OptOut.put(ports, database, { address, origin: "one_click", email, created_at: at });
  const entry = isNew ? { source_id: email, created_at: at } : await entryOf(ports, subscription);
  if (entry?.source_id === email) await note(ports, subscription, { type: "unsubscribed", at: entry.created_at });
}

/**
 * Takes back what a link has done, and only that: whoever was entered by the sender or with a list stays out.
 * @returns whether the recipient gets mass mail again.
 */
export async function optIn(ports: Needs, subscription: Subscription): Promise<boolean> {
  const at = new Date(ports.clock.now()).toISOString();
  const { database, address } = subscription;
  if (!(await OptOut.takeBack(ports, database, address))) return (await entryOf(ports, subscription)) === undefined;
  await note(ports, subscription, { type: "resubscribed", at });
  return true;
}

async function entryOf({ store }: Needs, { database, address }: Subscription): Promise<OptOut.OptOut | undefined> {
  const item = await store.get(keys.optOut(database, address), { consistent: true });
  return item && OptOut.fromItem(item);
}

/** One entry of each kind, the last time it happened: whoever has the link may go to and fro without end. */
async function note(ports: Needs, { database, email, head }: Subscription, event: Event): Promise<void> {
  if (!head) return;
  const key = keys.emailEvent(database, email, head.created_at, event.type);
  const expires_at = endOf(head, event.at, head.expires_at);
  await retry(ports, isBusy, () => ports.store.write({ put: { ...key, ...event, expires_at } }));
}
