import { normalize } from "../address/address.ts";
import { isBusy } from "../configuration/commit.ts";
import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Put, type Update } from "../ports/store.ts";
import { retry } from "../retry.ts";

/** How somebody has opted out: by the link in a mail (R-KIND-3), by hand, or with another provider's list. */
export type Origin = "one_click" | "manual" | "import";

/** Who wants no mass mail of the database (R-FAIL-5). Transactional mail goes to them as ever. */
export interface OptOut {
  /** Made of the address. */
  readonly id: Id.Id<"opt_out">;
  /** Normalised. */
  readonly address: string;
  readonly origin: Origin;
  /** The id of the email whose link it was. */
  readonly source_id: string | null;
  /** ISO 8601 UTC. */
  readonly created_at: string;
}

/** An opt-out as it is made. */
export interface Asked {
  readonly address: string;
  readonly origin: Origin;
  /** The id of the email whose link it was. */
  readonly email?: string;
  /** ISO 8601; absent = now. */
  readonly created_at?: string;
}

type Needs = Pick<Ports, "store" | "clock" | "random">;

/** The write that opts an address out, where it has not opted out already. `now` in ms. */
export const entry = (db: string, { address, origin, email, created_at }: Asked, now: number): Put => ({
  put: {
    ...keys.optOut(db, normalize(address)),
    origin,
    ...(email !== undefined && { email }),
    created_at: created_at ?? new Date(now).toISOString(),
  },
  if: "attribute_not_exists(pk)",
});

/**
 * The write by which a link's opt-out becomes the sender's own, which no link takes back. When it was, and by which email,
 * stays.
 */
export const raised = (db: string, { address, origin }: Pick<Asked, "address" | "origin">): Update => ({
  update: keys.optOut(db, normalize(address)),
  set: { origin },
  ...byLink,
});

/** Only what a link has done. */
const byLink = { if: "#origin = :link", values: { link: "one_click" satisfies Origin } } as const;

/**
 * Opts an address out of the database's mass mail. Made again the first time counts; by hand, or with a list, it makes a
 * link's opt-out the sender's own.
 * @returns whether it is new.
 * @throws StoreBusy
 */
export async function put(ports: Needs, db: string, asked: Asked): Promise<boolean> {
  const write = entry(db, asked, ports.clock.now());
  const isNew = await done(retry(ports, isBusy, () => ports.store.write(write)));
  if (!isNew && asked.origin !== "one_click")
    await done(retry(ports, isBusy, () => ports.store.write(raised(db, asked))));
  return isNew;
}

/** How many writes are under way at once. */
const parallel = 32;

/** Opts addresses out, none twice, each by itself. @returns how many are new. @throws StoreBusy */
export async function putAll(ports: Needs, db: string, all: readonly Asked[]): Promise<number> {
  let added = 0;
  for (let n = 0; n < all.length; n += parallel) {
    const some = await Promise.all(all.slice(n, n + parallel).map((each) => put(ports, db, each)));
    added += some.filter((isNew) => isNew).length;
  }
  return added;
}

/**
 * Lets an address have mass mail again.
 * @returns whether it had opted out.
 * @throws StoreBusy
 */
export const remove = (ports: Needs, db: string, address: string): Promise<boolean> =>
  done(
    retry(ports, isBusy, () =>
      ports.store.write({ delete: keys.optOut(db, normalize(address)), if: "attribute_exists(pk)" }),
    ),
  );

/** Takes back what a link has done, and nothing else. @returns whether it did. @throws StoreBusy */
export const takeBack = (ports: Needs, db: string, address: string): Promise<boolean> =>
  done(retry(ports, isBusy, () => ports.store.write({ delete: keys.optOut(db, normalize(address)), ...byLink })));

/** What is stored of an opt-out. */
export const fromItem = ({ sk, origin = "manual", email = null, created_at }: Item): OptOut => ({
  id: Id.of("opt_out", sk),
  address: sk,
  origin: origin as Origin,
  source_id: email as string | null,
  created_at: created_at as string,
});

async function done(written: Promise<unknown>): Promise<boolean> {
  try {
    await written;
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
