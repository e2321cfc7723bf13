import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Key, Put } from "../ports/store.ts";
import type { Actor } from "./actor.ts";

/** What was changed. */
export type Noun =
  | "alias"
  | "api_key"
  | "company"
  | "database"
  | "domain"
  | "erasure"
  | "incoming_server"
  | "operator_key"
  | "operator_settings"
  | "secret"
  | "server"
  | "settings"
  | "webhook";

/** One record that was changed: its fields that differ, as they were and as they are. Never a secret. */
export interface Change {
  readonly noun: Noun;
  /** The record's id, or name where it has no other. */
  readonly id: string;
  readonly action: "create" | "update" | "delete";
  /** Null at a creation; left out where the whole entry would be too large. */
  readonly before?: Readonly<Record<string, unknown>> | null;
  /** Null at a deletion. */
  readonly after?: Readonly<Record<string, unknown>> | null;
}

/** An entry of the audit trail: what one request, or one step of the machinery, changed at once. */
export interface Entry {
  readonly id: string;
  readonly at: string;
  /** Null = the machinery itself. */
  readonly actor: Actor | null;
  readonly changes: readonly Change[];
}

/** How long an entry is kept, in seconds. */
const kept = 400 * 86_400;
/** The characters of a value, and of an entry, that are kept: an item has room for 400 KB. */
const most = { value: 2_000, entry: 100_000 };

type Needs = Pick<Ports, "clock" | "random" | "actor">;

/**
 * The entry for changes of a database's configuration: an action for the very transaction that makes them, so that
 * there is no change without its entry. None where nothing differs.
 */
export const put = (ports: Needs, db: string, changes: readonly Change[]): Put[] =>
  entry(ports, changes, (id) => keys.audit(db, id));

/** The same in the operator's own trail. */
export const putOperators = (ports: Needs, changes: readonly Change[]): Put[] =>
  entry(ports, changes, keys.operatorAudit);

function entry(ports: Needs, changes: readonly Change[], key: (id: string) => Key): Put[] {
  if (changes.length === 0) return [];
  const id = Id.make("audit", ports);
  const now = ports.clock.now();
  const written: Entry = {
    id,
    at: new Date(now).toISOString(),
    actor: ports.actor ?? null,
    changes: fitting(changes.map(short)),
  };
  return [{ put: { ...key(id), ...written, expires_at: Math.floor(now / 1000) + kept } }];
}

/** Without values where all of them together are too large: what was changed is still said. */
const fitting = (changes: readonly Change[]): Change[] =>
  JSON.stringify(changes).length <= most.entry
    ? [...changes]
    : changes.map(({ noun, id, action }) => ({ noun, id, action }));

const short = ({ before, after, ...rest }: Change): Change => ({
  ...rest,
  ...(before !== undefined && { before: before && shortValues(before) }),
  ...(after !== undefined && { after: after && shortValues(after) }),
});

function shortValues(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const text = JSON.stringify(value) ?? "null";
      return [name, text.length <= most.value ? value : `${text.slice(0, most.value).toWellFormed()}…`];
    }),
  );
}
