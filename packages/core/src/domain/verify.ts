import { change } from "../database/change.ts";
import { read as readVersion, type Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import { throttle } from "../limit/throttle.ts";
import type { Ports } from "../ports/main.ts";
import { StoreBusy, TransactionCanceled } from "../ports/store.ts";
import { order } from "../provision/order.ts";
import * as Check from "./check.ts";
import * as Domain from "./domain.ts";
import * as Event from "./event.ts";
import { look } from "./look.ts";
import * as Start from "./start.ts";
import { assertRoom } from "./unproven.ts";
import type { DomainView } from "./view.ts";

type Needs = Pick<Ports, "store" | "operator" | "clock" | "random" | "dns" | "queue" | "log" | "actor">;

/** How often one domain is looked up on request, and how often those of a database together. */
const ofDomain = { most: 1, per_seconds: 10 };
const ofDatabase = { most: 30, per_seconds: 60 };

/**
 * Checks a domain now: its records are looked up for the answer, and what follows from them (SES, the claim on the
 * name, the verification itself) is ordered at once, for SES's calls have a pace of their own. Asked again within ten
 * seconds, it answers what was found then (`checked_at`). A domain that rests begins anew.
 * @throws AppError not_found; conflict for the default domain (R-ADDR-5), or where too many domains are not verified;
 *   rate_limit_exceeded when many domains of the database were asked for in the last minute.
 */
export async function verify(ports: Needs, version: Version, id: string): Promise<DomainView> {
  const { is_default, name } = await Domain.get(ports, version, id);
  if (is_default) throw new AppError("conflict", "The default domain is the operator's: there is nothing to verify.");
  const check = await Check.read(ports, version.id, id);
  if (check?.refusal === "resting") await wake(ports, version, check);
  if (await mayLook(ports, version.id, id)) {
    const current = await Check.read(ports, version.id, id);
    if (current) await note(ports, current);
    await order(ports, version.id, { id, name });
  }
  return Domain.get(ports, await readVersion(ports.store, version.id), id);
}

/** @returns false when it was looked up just now. */
async function mayLook(ports: Needs, db: string, id: string): Promise<boolean> {
  const one = `verify#${id}`;
  if (!(await passes(throttle(ports, db, one, ofDomain)))) return false;
  try {
    await throttle(ports, db, "verify", ofDatabase, "domain checks");
    return true;
  } catch (error) {
    // It was not looked up after all: whoever comes again after the wait is not to be put off with an old result
    await ports.store.write({ delete: keys.throttle(db, one) });
    throw error;
  }
}

async function passes(throttled: Promise<void>): Promise<boolean> {
  try {
    await throttled;
    return true;
  } catch (error) {
    if (error instanceof AppError && error.name === "rate_limit_exceeded") return false;
    throw error;
  }
}

/** Decided on the configuration, as is making a domain: together they do not pass the number of unverified ones. */
async function wake(ports: Needs, version: Version, { id }: Check.CheckRecord): Promise<void> {
  await change(ports, version, async (loaded) => {
    const check = await Check.read(ports, version.id, id);
    if (check?.refusal !== "resting") return { writes: [], result: undefined };
    await assertRoom(ports, loaded, check.name);
    const now = ports.clock.now();
    const unproven_since = new Date(now).toISOString();
    const woken = { ...check, refusal: null, unproven_since, status: "pending", checks: 0 } as const;
    const told =
      check.status === "pending" ? [] : await Event.updated(ports, { ...check, refusal: null }, "pending", now);
    return { writes: [Check.put(woken, now), Start.seek(check), ...told], result: undefined };
  });
}

async function note(ports: Pick<Ports, "store" | "clock" | "dns">, check: Check.CheckRecord): Promise<void> {
  const seen = await look(ports, check);
  const now = ports.clock.now();
  const status = check.status === "not_started" ? "pending" : check.status;
  const checked_at = new Date(now).toISOString();
  const noted = { seen, status, checked_at, checks: 0 };
  try {
    await ports.store.transact(
      status === check.status
        ? [Check.refresh(check, noted, now + 60_000)]
        : [Check.put({ ...check, ...noted }, now + 60_000), ...(await Event.updated(ports, check, status, now))],
    );
  } catch (error) {
    // A check that runs meanwhile sees the same
    if (!(error instanceof TransactionCanceled) && !(error instanceof StoreBusy)) throw error;
  }
}
