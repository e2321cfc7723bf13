import { type Change, changeOf, type Kind, type Migration, versionOf } from "./migration.ts";
import { registry } from "./registry.ts";

/**
 * An item in the shape that this release knows, whichever an earlier one wrote it in; nothing is stored by it. One in the
 * shape of a later release stays as it is: what is not known of it is not looked at.
 */
export function forward<T extends { readonly [name: string]: unknown }>(
  kind: Kind,
  item: T,
  migrations: readonly Migration[] = registry,
): T {
  const own = migrations.filter(({ of }) => of === kind);
  return own.reduce<T>(
    (now, step) => (versionOf(now) === step.from ? apply(now, changeOf(step, now), step.to) : now),
    item,
  );
}

function apply<T extends { readonly [name: string]: unknown }>(item: T, { set, remove = [] }: Change, v: number): T {
  const kept = Object.entries(item).filter(([name]) => !remove.includes(name));
  return { ...Object.fromEntries(kept), ...set, v } as unknown as T;
}
