import * as keys from "../keys.ts";
import { type Finding, ill, well } from "./hop.ts";
import { randomLabel } from "./label.ts";
import type { Look } from "./look.ts";

/** The indexes that are read, and the attribute by which items end. */
const indexes = ["due", "list", "mark", "recipient"];
const ttl = "expires_at";

/** Whether secrets can be sealed and opened: with an owner of its own each time, for data keys are remembered. */
export async function vault({ ports }: Look): Promise<Finding> {
  const owner = { database: randomLabel(ports), record: "doctor" };
  const plain = randomLabel(ports);
  const opened = await ports.vault.open(await ports.vault.seal(plain, owner), owner);
  if (opened === plain) return well("secrets are sealed and opened");
  return ill("what was sealed is not what is opened", "Restore the table and the key of the same installation.");
}

/** Whether the table is as it was made, takes a write and gives it back. */
export async function table({ ports }: Look): Promise<Finding> {
  const { store, clock, inspector } = ports;
  const found = await inspector.table();
  if (!found) return ill("there is no table", "Deploy again: infra/storage.ts makes it; its data come from a backup.");
  const missing = indexes.filter((name) => !found.indexes.includes(name));
  if (missing.length > 0) return ill(`no index ${missing.join(", ")}`, "Deploy again: infra/storage.ts makes them.");
  if (found.ttl !== ttl)
    return ill("TTL is off: nothing ever ends", `Turn TTL on for the attribute ${ttl}, or deploy again.`);
  await store.write({
    put: { ...keys.doctorNote, note: randomLabel(ports), expires_at: Math.floor(clock.now() / 1000) + 3_600 },
  });
  const read = await store.get(keys.doctorNote, { consistent: true });
  // Another doctor may have come between
  if (typeof read?.["note"] !== "string")
    return ill("what was written is not read", "Deploy again; ask AWS where it stays so.");
  return found.active
    ? well("written and read; indexes and TTL are there")
    : well("written and read; it is being changed");
}
