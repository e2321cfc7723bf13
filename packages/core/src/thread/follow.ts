import { isAddress, normalize } from "../address/address.ts";
import { type PageQuery, page } from "../address/page.ts";
import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import { assertAddress } from "../user/change.ts";
import { among } from "../user/user.ts";
import { ensure } from "./ensure.ts";
import * as Find from "./find.ts";
import * as Follower from "./follower.ts";
import type { FollowerRecord, RecordRef } from "./record.ts";
import { assertRef } from "./ref.ts";

/** What is given of a follower; the rest is as it was, or as usual. */
export type FollowerInput = Partial<Pick<FollowerRecord, "name" | "user" | "notify" | "subtypes">>;

type Needs = Pick<Ports, "store" | "clock" | "random">;

/**
 * Has somebody follow a record (R-NOT-1), whose thread is made where there is none; of one who does what is given is
 * changed.
 * @throws AppError invalid_parameter for what is no address, and for the inbox of somebody who is no user; conflict when
 *   5,000 follow it.
 */
export async function put(
  ports: Needs,
  version: Version,
  ref: RecordRef,
  named: string,
  input: FollowerInput,
): Promise<FollowerRecord> {
  assertRef(ref);
  const address = assertAddress(named);
  const subtypes = input.subtypes && { subtypes: [...new Set(input.subtypes)] };
  const there = await Find.byRecord(ports, version.id, ref);
  const seen = there && (await Follower.find(ports, version.id, there.id, address));
  const { user = false, notify = null } = { ...seen, ...input };
  if (notify === "inbox" && !user && (await among(ports, version.id, [address])).size === 0) throw noInbox();
  const thread = there ?? (await ensure(ports, version, ref));
  return Follower.put(ports, version.id, thread.id, { ...input, ...subtypes, address });
}

/** One follower. @throws AppError not_found, invalid_parameter */
export async function get(
  ports: Pick<Ports, "store" | "clock">,
  { id: db }: Version,
  ref: RecordRef,
  address: string,
): Promise<FollowerRecord> {
  assertRef(ref);
  const thread = await Find.get(ports, db, ref);
  const follower = isAddress(address.trim()) && (await Follower.find(ports, db, thread.id, address));
  if (follower) return follower;
  throw unknown();
}

/** Lets somebody follow no more. @returns the address. @throws AppError not_found, invalid_parameter */
export async function remove(ports: Needs, { id: db }: Version, ref: RecordRef, named: string): Promise<string> {
  assertRef(ref);
  const thread = await Find.get(ports, db, ref);
  const address = normalize(named);
  if (isAddress(address) && (await Follower.remove(ports, db, thread.id, address))) return address;
  throw unknown();
}

/** A page of the followers, by address. @throws AppError not_found, invalid_parameter */
export async function list(
  ports: Pick<Ports, "store" | "clock">,
  { id: db }: Version,
  ref: RecordRef,
  query: PageQuery,
): Promise<Page<FollowerRecord>> {
  assertRef(ref);
  const { id } = await Find.get(ports, db, ref);
  const place = { pk: keys.thread(db, id).pk, prefix: keys.followerPrefix };
  return page(ports.store, place, query, Follower.fromItem);
}

const unknown = (): AppError => new AppError("not_found", "This address does not follow the record: look at the list.");

const noInbox = (): AppError =>
  new AppError(
    "invalid_parameter",
    "`notify`: only users have an inbox, and others are told by email. PUT the user first, or give `user: true`.",
    { details: { field: "notify" } },
  );
