import { isBusy } from "../configuration/commit.ts";
import type { Ports } from "../ports/main.ts";
import { TransactionCanceled, type Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { Taken } from "./once.ts";

/** Writes all or nothing. @throws Taken when a condition does not hold: somebody else was faster. */
export async function write(ports: Pick<Ports, "store" | "clock" | "random">, writes: readonly Write[]): Promise<void> {
  try {
    await retry(ports, isBusy, () => ports.store.transact(writes));
  } catch (error) {
    if (error instanceof TransactionCanceled && !isBusy(error)) throw new Taken();
    throw error;
  }
}
