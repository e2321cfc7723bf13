import { byCreation } from "../routing/order.ts";

/** What has a name that another may have too. */
interface Named {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

/**
 * By what each of a list is named in a configuration that knows no ids: its name, and `name#2` for the second of that
 * name. A name that itself ends so has its number always (`a#2#1`), so that a reference says which one of which name is
 * meant, whatever else is in the list.
 */
export function references(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const n = (counts.get(name) ?? 0) + 1;
    counts.set(name, n);
    return n === 1 && !/#\d+$/.test(name) ? name : `${name}#${n}`;
  });
}

/** Records by their references, in the order they were made in. */
export function byReference<T extends Named>(records: readonly T[]): Map<string, T> {
  const ordered = records.toSorted(byCreation);
  const found = references(ordered.map(({ name }) => name));
  return new Map(ordered.map((record, n) => [found[n] ?? record.name, record]));
}

/** The reference of the record of an id; null for none. */
export function referenceOf<T extends Named>(records: ReadonlyMap<string, T>, id: string | null): string | null {
  for (const [reference, record] of records) if (record.id === id) return reference;
  return null;
}
