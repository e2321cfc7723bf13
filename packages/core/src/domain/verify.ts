import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { StoreBusy, TransactionCanceled } from "../ports/store.ts";
import { order } from "../provision/order.ts";
import * as Check from "./check.ts";
import * as Domain from "./domain.ts";
import * as Event from "./event.ts";
import { look } from "./look.ts";
import type { DomainView } from "./view.ts";

/**
 * Checks a domain now: its records are looked up for the answer, and what follows from them (SES, the claim on the
 * name, the verification itself) is ordered at once, for SES's calls have a pace of their own.
 * @throws AppError not_found; conflict for the default domain (R-ADDR-5).
 */
export async function verify(
  ports: Pick<Ports, "store" | "operator" | "clock" | "dns" | "queue" | "log">,
  version: Version,
  id: string,
): Promise<DomainView> {
  const { is_default } = await Domain.get(ports, version, id);
  if (is_default) throw new AppError("conflict", "The default domain is the operator's: there is nothing to verify.");
  const check = await Check.read(ports, version.id, id);
  if (check) await note(ports, check);
  await order(ports, version.id, id);
  return Domain.get(ports, version, id);
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
        : [Check.put({ ...check, ...noted }, now + 60_000), Event.updated(check, status, now)],
    );
  } catch (error) {
    // A check that runs meanwhile sees the same
    if (!(error instanceof TransactionCanceled) && !(error instanceof StoreBusy)) throw error;
  }
}
