import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Key } from "../ports/store.ts";
import * as Domain from "./domain.ts";

/**
 * A domain that was being let go of when that failed: it is put on the provisioning queue, whatever else is left of it.
 * One that has begun anew since keeps what it has, and the note of its leaving goes.
 */
export async function takeUp(ports: Ports, found: Item): Promise<void> {
  const item = await ports.store.get({ pk: found.pk, sk: found.sk }, { consistent: true });
  if (!item) return;
  const { name, database, id } = item as unknown as Record<"name" | "database" | "id", string>;
  const seeker = await ports.store.get(keys.domainSeeker(name, database, id), { consistent: true });
  if (seeker) await forget(ports, item, String(found["due_sk"]));
  else await Domain.takeUp(ports, found);
}

/** Unless it is leaving again. */
async function forget({ store }: Ports, { pk, sk }: Key, seen: string): Promise<void> {
  try {
    await store.write({ delete: { pk, sk }, if: "attribute_not_exists(pk) OR #due_sk = :seen", values: { seen } });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
