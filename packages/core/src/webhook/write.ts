import * as Audit from "../audit/entry.ts";
import { commit, isBusy } from "../configuration/commit.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { type Check, isRefused, type Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import type { Owner } from "./endpoint.ts";
import { forget } from "./wanted.ts";

/**
 * Writes endpoints of a database, or of the operator, with the entry in the audit trail of whose they are.
 * @throws TransactionCanceled with the reasons of `writes`, in their order; AppError not_found when the database is gone.
 */
export async function write(
  ports: Pick<Ports, "store" | "clock" | "random" | "actor">,
  owner: Owner,
  writes: readonly (Write | Check)[],
  audited: readonly Audit.Change[],
): Promise<void> {
  if (owner === "operator") {
    const trail = Audit.putOperators(ports, audited);
    await retry(ports, isBusy, () => ports.store.transact([...writes, ...trail]));
  } else await commit(ports, owner, writes, {}, audited);
  forget(ports, owner);
}

/** A {@link write} whose first is on condition that the endpoint is there. @throws AppError not_found */
export async function orNotFound(written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw notFound(error);
  }
}

/** There is no such endpoint. */
export const notFound = (cause?: unknown): AppError =>
  new AppError("not_found", "There is no such webhook.", { cause });
