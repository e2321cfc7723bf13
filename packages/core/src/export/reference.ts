import { byCreation } from "../routing/order.ts";

/** What has a name that another may have too. */
interface Named {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

/**
 * By what each of a list is named in a configuration that knows no ids: its name, and `name#2` for the second of that
 * name. The same list gives the same references.
 */
export function references(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let reference = name;
    for (let n = 2; taken.has(reference); n++) reference = `${name}#${n}`;
    taken.add(reference);
    return reference;
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
