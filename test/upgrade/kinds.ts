import * as Id from "@posthouse/core/id";
import * as keys from "@posthouse/core/keys";
import type { Key } from "@posthouse/core/ports/store";

/** What keys are made of here: an id, for some keys look at the time in it. */
const given = Id.make("email", {
  clock: { now: () => Date.UTC(2026, 0) },
  random: { bytes: (count) => new Uint8Array(count) },
});

interface Pattern {
  readonly name: string;
  readonly pk: RegExp;
  readonly sk: RegExp;
}

/** The one function whose second argument is a time; it makes no key. */
const { emailBodies: _partitions, ...makers } = keys;

const patterns: readonly Pattern[] = Object.entries(makers).flatMap(([name, made]: [string, unknown]) => {
  const key = typeof made === "function" ? (made as (...all: string[]) => unknown)(...Array(5).fill(given)) : made;
  return isKey(key) ? [{ name, pk: pattern(key.pk, "[^#]*"), sk: pattern(key.sk, ".*") }] : [];
});

/** The kinds of items, by the names of their keys in `keys.ts`: a new one there is known here. */
export const kinds: readonly string[] = patterns.map(({ name }) => name);

/**
 * The kind of an item or of its key.
 * @throws Error for one that no key of `keys.ts` makes.
 */
export function kindOf({ pk, sk }: Key): string {
  const found = patterns.filter((one) => one.pk.test(pk) && one.sk.test(sk));
  // Of those that fit, the one that says most
  const [best] = found.toSorted((one, other) => other.sk.source.length - one.sk.source.length);
  if (!best) throw new Error(`${pk} ${sk} is made by no key of keys.ts.`);
  return best.name;
}

/** The beginning of a key is none, nor are all partitions of a kind. */
function isKey(made: unknown): made is Key {
  return typeof made === "object" && made !== null && "pk" in made && "sk" in made;
}

/** A text with anything for what was given, and any number and month for those. */
function pattern(text: string, anything: string): RegExp {
  const parts = text.split(given).map((part) =>
    part
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replace(/\d{4}-\d{2}/g, "\\d{4}-\\d{2}")
      .replace(/#\d{1,2}(?=#|$)/g, "#\\d{1,2}"),
  );
  return new RegExp(`^${parts.join(anything)}$`);
}
