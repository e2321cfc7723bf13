import { isDeepStrictEqual } from "node:util";

/** A record that an import makes, changes or deletes, by its reference. */
export interface Step {
  readonly noun: "alias" | "company" | "domain" | "server" | "settings";
  readonly name: string;
  /** What of it differs, where it is changed. */
  readonly fields?: readonly string[];
}

/** A record as it is and as it is to be. */
export interface Compared {
  readonly action: "create" | "update" | "delete" | "unchanged";
  readonly step: Step;
}

/**
 * Compares records with those that are to be, both by reference.
 * @param desired undefined = the document does not speak of them.
 * @param whole whether those that are not to be are deleted.
 */
export function compare<Record extends object>(
  noun: Step["noun"],
  known: ReadonlyMap<string, object>,
  desired: readonly (readonly [string, Record])[] | undefined,
  whole = true,
): Compared[] {
  if (desired === undefined) return [];
  const wanted = new Set(desired.map(([name]) => name));
  const gone = whole ? [...known.keys()].filter((name) => !wanted.has(name)) : [];
  return [
    ...desired.map(([name, fields]): Compared => {
      const before = known.get(name);
      if (!before) return { action: "create", step: { noun, name } };
      const differ = differing(before, fields);
      if (differ.length === 0) return { action: "unchanged", step: { noun, name } };
      return { action: "update", step: { noun, name, fields: differ } };
    }),
    ...gone.map((name): Compared => ({ action: "delete", step: { noun, name } })),
  ];
}

/** The fields that are spoken of and differ; what is not there is null. */
function differing(before: object, after: object): string[] {
  const known = new Map<string, unknown>(Object.entries(before));
  return Object.entries(after)
    .filter(([field, value]) => value !== undefined && !isDeepStrictEqual(known.get(field) ?? null, value))
    .map(([field]) => field);
}
