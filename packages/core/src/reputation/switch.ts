import { fromItem } from "../database/version.ts";
import { due } from "../email/due.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Update } from "../ports/store.ts";

/**
 * Our kill switch sets that of SES: the tenant of a database that is paused, by whomever, may not send either. The
 * order is written with the pause, carried out at once where SES answers, and by the tick until it has happened.
 */

type Needs = Pick<Ports, "store" | "clock" | "provider" | "operator" | "log">;

/** When it is set once more, in ms: longer than a call can be under way, so that an older one does not have the last word. */
const confirmMs = 60_000;

/** The order, in the transaction that changes the database's status: whatever that then is, its tenant follows. */
export const order = ({ clock }: Pick<Ports, "clock">, db: string): Update => ({
  update: keys.reputation(db),
  set: { database: db, switch: "ordered", due_n: 0, ...due(db, clock.now()) },
  add: { switch_rev: 1 },
});

/** When an order is to be looked at next, ms; undefined where there is none. */
export const nextLook = (item: Item): number | undefined =>
  item["switch"] === undefined ? undefined : Number(item["switched_at"] ?? 0) + confirmMs;

/** Carries an order out; SES not answering is logged, and the order stays. */
export async function carry(ports: Needs, db: string): Promise<void> {
  try {
    await attempt(ports, db);
  } catch (error) {
    ports.log.warn("the tenant was not switched, the tick will", { operation: "reputation", database: db, error });
  }
}

async function attempt({ store, clock, provider, operator }: Needs, db: string): Promise<void> {
  const [item, versionItem] = await Promise.all(
    [keys.reputation(db), keys.version(db)].map((key) => store.get(key, { consistent: true })),
  );
  const confirms = item?.["switch"] === "confirming";
  if (!item || item["switch"] === undefined || (confirms && (nextLook(item) ?? 0) > clock.now())) return;
  const version = versionItem && fromItem(versionItem);
  if (version && version.status !== "deleting" && operator.platform === "ses")
    await provider.switchTenant(db, version.status === "active");
  const now = clock.now();
  try {
    await store.write({
      update: keys.reputation(db),
      ...(confirms
        ? { remove: ["switch", "switched_at"] }
        : { set: { switch: "confirming", switched_at: now, due_n: 0, ...due(db, now + confirmMs) } }),
      if: "#switch = :seen AND #switch_rev = :rev",
      values: { seen: item["switch"], rev: item["switch_rev"] },
    });
  } catch (error) {
    // Ordered anew meanwhile: it is due
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
