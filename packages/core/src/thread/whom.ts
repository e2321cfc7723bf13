import type { UserRecord } from "../user/user.ts";
import { type FollowerRecord, note } from "./record.ts";

/** Somebody who is told of a message by email. */
export interface Person {
  /** Normalised. */
  readonly address: string;
  readonly name: string | null;
}

/** Whom a message is told to, and how; each address once. */
export interface Whom {
  /** Addresses, normalised. */
  readonly inbox: readonly string[];
  readonly email: readonly Person[];
}

/** What of a message decides that. */
export interface About {
  readonly subtype: string;
  /** The author's address, normalised. */
  readonly author: string;
  /** Normalised addresses of those who have it already. */
  readonly has: readonly string[];
  /** It is told to nobody. */
  readonly silent: boolean;
}

/** Followers who may be told: of the subtype, less the author and those who have it already (R-NOT-2). */
export function subscribed<F extends FollowerRecord>(
  followers: readonly F[],
  { subtype, author, has, silent }: About,
): F[] {
  if (silent) return [];
  const not = new Set([author, ...has]);
  const each = new Map(followers.filter(({ address }) => !not.has(address)).map((one) => [one.address, one]));
  return [...each.values()].filter(({ subtypes }) => subtypes.includes(subtype));
}

/**
 * Whom of those subscribed a message is told to, and how (R-NOT-1, R-NOT-2): a user by the follower's preference, else
 * their own, else by email; anybody else by email. An internal note is told to users alone.
 */
export function choose(
  followers: readonly FollowerRecord[],
  users: ReadonlyMap<string, UserRecord>,
  subtype: string,
): Whom {
  const told = followers.map((follower) => {
    const user = users.get(follower.address);
    const isUser = follower.user || user !== undefined;
    return { follower, isUser, how: isUser ? (follower.notify ?? user?.notify ?? "email") : "email" };
  });
  const may = told.filter(({ isUser }) => isUser || subtype !== note);
  return {
    inbox: may.filter(({ how }) => how === "inbox").map(({ follower }) => follower.address),
    email: may
      .filter(({ how }) => how === "email")
      .map(({ follower: { address, name } }) => ({ address, name: name ?? users.get(address)?.name ?? null })),
  };
}
