import { due } from "../email/due.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { SesIdentity } from "../ports/provider.ts";
import type { Item, Put, Update } from "../ports/store.ts";
import type { Seen } from "./seen.ts";

/** The states of a domain's verification, as the Resend API names them. */
export type DomainStatus = "not_started" | "pending" | "verified" | "failed" | "temporary_failure";

/**
 * How the verification of an alias domain stands. Apart from the configuration, since it changes with every check; what
 * routing reads of it (`verified`, `mx_at_us`) is on the domain's record.
 */
export interface CheckRecord {
  /** The alias domain's id. */
  readonly id: string;
  readonly database: string;
  readonly name: string;
  /** Its organisational domain (RFC 7489 §3.2): the zone that a registrar's form adds names to. */
  readonly zone: string;
  /** `removed`: the domain is deleted, what it has at the provider is not yet. */
  readonly state: "live" | "removed";
  /** Raised with every write: of two checks at once the later one is not written. */
  readonly revision: number;
  /** What proves the domain to be this database's, published by TXT. */
  readonly token: string;
  /** The custom MAIL FROM domain. */
  readonly mail_from: string;
  /** The identity at SES; null = not made yet, or the platform is a relay. */
  readonly identity: SesIdentity | null;
  /** Whether the database's tenant sends with the identity. */
  readonly associated: boolean;
  readonly seen: Seen | null;
  readonly checked_at: string | null;
  /** The status last told. */
  readonly status: DomainStatus;
  /** Since when the proof of a domain that was proved fails. */
  readonly failing_since: string | null;
  readonly verified_at: string | null;
  /** Since when it goes without being verified; null while it is. */
  readonly unproven_since: string | null;
  /** Why it is not verified, where that is not in the records. */
  readonly refusal: "held_by_another" | "moved_away" | "lost" | "identity_exists" | "resting" | null;
  /** Since when the holder's proof is gone while ours is there. */
  readonly rival_gone_since: string | null;
  /** Checks since it was last made, proved, lost or asked for: they grow rarer. */
  readonly checks: number;
  readonly created_at: string;
}

type Needs = Pick<Ports, "store">;

/** The check of one domain, strongly read; undefined = none. */
export async function read({ store }: Needs, db: string, id: string): Promise<CheckRecord | undefined> {
  const item = await store.get(keys.domainCheck(db, id), { consistent: true });
  return item && fromItem(item);
}

/** All checks of a database, those of deleted domains too. */
export async function list({ store }: Needs, db: string): Promise<CheckRecord[]> {
  const found: CheckRecord[] = [];
  let cursor: string | undefined;
  do {
    const query = { pk: keys.version(db).pk, prefix: keys.checkPrefix, consistent: true };
    const page = await store.query({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items.map(fromItem));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/**
 * Writes a check that is to be made again at `at` (ms), on condition that nobody else has written it since it was
 * read; a new one (`revision` 0), that there is none.
 */
export function put(check: CheckRecord, at: number): Put {
  const item = { ...keys.domainCheck(check.database, check.id), ...check, revision: check.revision + 1 };
  return {
    put: { ...item, ...due(check.id, at) },
    ...(check.revision === 0
      ? { if: "attribute_not_exists(pk)" }
      : { if: "#revision = :revision", values: { revision: check.revision } }),
  };
}

/**
 * Writes what a look-up has found, on condition that nobody has written the check since it was read. The revision stays:
 * a whole check that is under way counts for more, and however often this is called, it is written.
 */
export const refresh = (
  { database, id, revision }: CheckRecord,
  found: Pick<CheckRecord, "seen" | "checked_at" | "checks">,
  at: number,
): Update => ({
  update: keys.domainCheck(database, id),
  set: { seen: found.seen, checked_at: found.checked_at, checks: found.checks, ...due(id, at) },
  if: "#revision = :revision",
  values: { revision },
});

const indexes = new Set(["pk", "sk", "due_pk", "due_sk", "due_n", "v"]);

function fromItem(item: Item): CheckRecord {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !indexes.has(name))) as unknown as CheckRecord;
}
