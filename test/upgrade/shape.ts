import type { Item } from "@posthouse/core/ports/store";
import { kindOf } from "./kinds.ts";
import { added } from "./later.ts";

/** What all items of a kind have: the types of each attribute, by its name. */
type Shape = ReadonlyMap<string, ReadonlySet<string>>;

/** Of items that some release has written. */
export interface Shapes {
  readonly kinds: ReadonlyMap<string, Shape>;
  /** The highest `v` of each kind; absent = 1. */
  readonly versions: ReadonlyMap<string, number>;
}

/** The kind, and of the configuration also the noun. */
const named = (item: Item): string => {
  const kind = kindOf(item);
  return kind === "configuration" ? `${kind} ${item.sk.split("#")[1]}` : kind;
};

const typeOf = (value: unknown): string => {
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "list";
  return value === null ? "null" : typeof value;
};

/** The shapes of items, by kind. */
export function shapesOf(items: readonly Item[]): Shapes {
  // A count that is not there is 0
  const grouped = Map.groupBy(
    items.filter((item) => kindOf(item) !== "statistic"),
    named,
  );
  const kinds = new Map([...grouped].map(([kind, all]) => [kind, shapeOf(all)]));
  const versions = new Map([...grouped].map(([kind, all]) => [kind, Math.max(...all.map(({ v }) => Number(v ?? 1)))]));
  return { kinds, versions };
}

/** What an item has only while it is in an index, and the version itself. */
const moving = /^(?:v|due_n|(?:due|list|mark|recipient)_[ps]k)$/;

/** What every one of them has. */
function shapeOf(items: readonly Item[]): Shape {
  const names = Object.keys(items[0] ?? {}).filter((name) => !(name in added) && !moving.test(name));
  const common = names.filter((name) => items.every((item) => item[name] !== undefined));
  return new Map(common.map((name) => [name, new Set(items.map((item) => typeOf(item[name])))]));
}

/**
 * What the items of one release had and those of the next have no more, or as another type: readers of the first would
 * miss it. An attribute that is there beside what was is no change.
 */
export function changes(before: Shapes, after: Shapes): string[] {
  return [...before.kinds].flatMap(([kind, shape]) => {
    const now = after.kinds.get(kind);
    // Not every kind is left at the end of each run
    if (!now || (after.versions.get(kind) ?? 1) > (before.versions.get(kind) ?? 1)) return [];
    return [...shape].flatMap(([name, types]) => {
      const found = now.get(name);
      if (!found) return [`${kind}: ${name} is gone`];
      // Of what was null at each the type is not known
      const others = types.has("null") ? [] : [...found].filter((type) => !types.has(type) && type !== "null");
      return others.map((type) => `${kind}: ${name} was ${[...types].join(" or ")} and is ${type}`);
    });
  });
}
