import { isDeepStrictEqual } from "node:util";
import * as keys from "../keys.ts";
import type { Check, Item, Write } from "../ports/store.ts";
import type { Change, Noun } from "./entry.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The configuration before a change, as far as it is audited. */
export interface Before {
  readonly servers: readonly { readonly id: string }[];
  readonly domains: readonly { readonly id: string }[];
  readonly companies: readonly { readonly id: string }[];
  readonly settings: object;
}

/**
 * What writes do to the records of a configuration, for the audit trail: only the fields that differ. Of a secret it
 * says that it was set or deleted, and nothing else.
 * @param settings those that change with it.
 */
export function diff(before: Before, writes: readonly (Write | Check)[], settings: object = {}): Change[] {
  const records = new Map<string, Fields>(
    [...before.servers, ...before.domains, ...before.companies].map((record) => [record.id, { ...record }]),
  );
  const found = writes.flatMap((write) => of(records, write));
  const changed = compare(before.settings as Fields, { ...before.settings, ...settings });
  return changed ? [...found, { noun: "settings", id: "settings", action: "update", ...changed }] : found;
}

function of(records: ReadonlyMap<string, Fields>, write: Write | Check): Change[] {
  if ("check" in write) return [];
  const { sk } = "put" in write ? write.put : "update" in write ? write.update : write.delete;
  if (sk.startsWith(keys.secretPrefix)) return secret(sk.slice(keys.secretPrefix.length), records, write);
  if (!sk.startsWith(keys.configurationPrefix)) return [];
  const [noun = "", id = ""] = sk.slice(keys.configurationPrefix.length).split("#");
  const known = records.get(id);
  const next = after(known, write);
  if (!known && !next) return [];
  if (known && next) {
    const changed = compare(known, next);
    return changed ? [{ noun: noun as Noun, id, action: "update", ...changed }] : [];
  }
  return [{ noun: noun as Noun, id, action: next ? "create" : "delete", before: known ?? null, after: next ?? null }];
}

function after(known: Fields | undefined, write: Write): Fields | undefined {
  if ("delete" in write) return undefined;
  if ("put" in write) return plain(write.put);
  const removed = new Set(write.remove);
  const kept = Object.entries({ ...known, ...write.set }).filter(([name]) => !removed.has(name));
  return Object.fromEntries(kept);
}

/** A server is deleted with its secrets, whether it has any or not: that is said once, by the server. */
function secret(id: string, records: ReadonlyMap<string, Fields>, write: Write): Change[] {
  if (!("delete" in write)) return [{ noun: "secret", id, action: "update" }];
  const set = records.get(id)?.["secrets_set"];
  return Array.isArray(set) && set.length > 0 ? [{ noun: "secret", id, action: "delete" }] : [];
}

const plain = ({ pk: _pk, sk: _sk, ...fields }: Item): Fields => fields;

/** The fields that differ, on both sides; undefined when none does. The revision of the settings is no field of them. */
export function compare(before: Fields, after: Fields): { before: Fields; after: Fields } | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => name !== "revision" && !isDeepStrictEqual(before[name] ?? null, after[name] ?? null),
  );
  if (names.length === 0) return undefined;
  const pick = (fields: Fields): Fields => Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
  return { before: pick(before), after: pick(after) };
}
