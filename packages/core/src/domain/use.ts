import { isBusy } from "../configuration/commit.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Store } from "../ports/store.ts";
import { retry } from "../retry.ts";

/** What this process knows to be marked. */
const known = new WeakMap<Store, Set<string>>();
const most = 10_000;

type Needs = Pick<Ports, "store" | "clock" | "random">;

/** Marks an alias domain as used for a mail, once: one that never was keeps no former addresses (R-DOM-7). */
export async function mark(ports: Needs, db: string, id: string): Promise<void> {
  const { store } = ports;
  const marked = known.get(store) ?? new Set<string>();
  known.set(store, marked);
  const name = `${db}#${id}`;
  if (marked.has(name)) return;
  if (!(await isUsed(store, db, id))) await put(ports, db, id);
  if (marked.size >= most) marked.clear();
  marked.add(name);
}

/** Whether a mail ever went out or came in by an alias domain. */
export const isUsed = async (store: Store, db: string, id: string): Promise<boolean> =>
  (await store.get(keys.domainUse(db, id), { consistent: true })) !== undefined;

async function put(ports: Needs, db: string, id: string): Promise<void> {
  try {
    const write = { put: { ...keys.domainUse(db, id) }, if: "attribute_not_exists(pk)" };
    await retry(ports, isBusy, () => ports.store.write(write));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
