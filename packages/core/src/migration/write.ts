import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, StoreBusy, type Update } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { forward } from "./forward.ts";
import { changeOf, type Kind, type Migration, versionOf } from "./migration.ts";
import { registry } from "./registry.ts";

type Needs = Pick<Ports, "store" | "clock" | "random">;

/**
 * Takes a stored item one step forward, if it is at the version that the step begins at. It is written only where what
 * the step looked at is as it was read, so nobody's change is lost; where it is not, the item is looked at again. One that
 * is gone stays gone. Any number may do it at once.
 * @returns whether it was at that version.
 * @throws StoreBusy, ConditionFailed when others kept changing it.
 */
export async function write(ports: Needs, migration: Migration, item: Item): Promise<boolean> {
  if (versionOf(item) !== migration.from) return false;
  let current: Item | undefined = item;
  const again = (error: unknown) => error instanceof ConditionFailed || error instanceof StoreBusy;
  await retry(ports, again, async () => {
    if (!current || versionOf(current) !== migration.from) return;
    try {
      await ports.store.write(update(migration, current));
    } catch (error) {
      if (error instanceof ConditionFailed) current = error.item;
      throw error;
    }
  });
  return true;
}

/**
 * The same by all steps of a kind, before a change that is written under the condition that the item is as it was read.
 * @returns the item as it now is.
 */
export async function writeAll(
  ports: Needs,
  kind: Kind,
  item: Item,
  migrations: readonly Migration[] = registry,
): Promise<Item> {
  let current = item;
  for (const step of migrations)
    if (step.of === kind && (await write(ports, step, current))) current = forward(kind, current, [step]);
  return current;
}

function update(migration: Migration, item: Item): Update {
  const { set, remove } = changeOf(migration, item);
  const seen = [...migration.reads, "v"].map((name) => [name, item[name]] as const);
  const conditions = seen.map(([name, value]) =>
    value === undefined ? `attribute_not_exists(#${name})` : `#${name} = :${name}`,
  );
  return {
    update: { pk: item.pk, sk: item.sk },
    set: { ...set, v: migration.to },
    ...(remove && { remove }),
    if: ["attribute_exists(pk)", ...conditions].join(" AND "),
    values: Object.fromEntries(seen.filter(([, value]) => value !== undefined)),
  };
}
