import { compare } from "../audit/diff.ts";
import type * as Audit from "../audit/entry.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import * as Count from "./count.ts";
import { among } from "./find.ts";
import type { AliasRecord } from "./record.ts";

/** Routing aliases of a database at most. */
export const maximum = 10_000;

/** A routing alias as it is and as it is to be; undefined = there is none. */
export interface Edit {
  readonly before?: AliasRecord | undefined;
  readonly after?: AliasRecord | undefined;
}

/** What a change of the configuration writes for them. */
export interface Edited {
  readonly writes: readonly Write[];
  readonly audited: readonly Audit.Change[];
}

/**
 * What edits come to, each of another alias and of other addresses. It is decided within a change of the configuration:
 * whatever makes an alias is such a change, so none comes between what is looked at here and what is written.
 * @throws AppError conflict where another alias has the address, or there would be more than 10,000.
 */
export async function write(ports: Pick<Ports, "store">, db: string, edits: readonly Edit[]): Promise<Edited> {
  const made = edits.filter(isMade).flatMap(({ after }) => after ?? []);
  const gone = edits.filter(isGone).flatMap(({ before }) => before ?? []);
  if (made.length > 0) await assertFree(ports, db, made);
  if (made.length > gone.length) await assertRoom(ports, db, made.length - gone.length);
  const left = edits.flatMap(({ before = [] }) => before);
  const kept = edits.flatMap(({ after = [] }) => after);
  return {
    writes: [...writes(db, edits, made, gone), ...Count.writes(db, left, kept)],
    audited: edits.flatMap(audit),
  };
}

const isMade = ({ before, after }: Edit): boolean => after !== undefined && after.address !== before?.address;
const isGone = ({ before, after }: Edit): boolean => before !== undefined && after?.address !== before.address;

function writes(
  db: string,
  edits: readonly Edit[],
  made: readonly AliasRecord[],
  gone: readonly AliasRecord[],
): Write[] {
  const ended = edits.filter(({ after }) => !after).flatMap(({ before = [] }) => before);
  return [
    ...gone.map(({ address }) => ({ delete: keys.alias(db, address) })),
    ...ended.map(({ id }) => ({ delete: keys.aliasId(db, id) })),
    ...made.flatMap((alias) => [
      { put: { ...keys.alias(db, alias.address), ...alias } },
      { put: { ...keys.aliasId(db, alias.id), address: alias.address } },
    ]),
    ...edits.flatMap((edit) => (edit.after && !isMade(edit) ? [change(db, edit.after)] : [])),
  ];
}

/** When mail last came through it is noted beside, at any time. */
function change(db: string, { last_mail_at: _at, ...alias }: AliasRecord): Write {
  return { update: keys.alias(db, alias.address), set: { ...alias } };
}

async function assertFree(ports: Pick<Ports, "store">, db: string, made: readonly AliasRecord[]): Promise<void> {
  const addresses = made.map(({ address }) => address);
  if ((await among(ports, db, addresses)).size === 0) return;
  const message = "Another alias has this address: an address has one route, so change or delete that.";
  throw new AppError("conflict", message, { details: { field: "name" } });
}

async function assertRoom(ports: Pick<Ports, "store">, db: string, more: number): Promise<void> {
  const counts = await Count.all(ports, db);
  const there = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (there + more <= maximum) return;
  throw new AppError(
    "conflict",
    `A database has at most ${maximum} aliases: delete some, or let one alias without a record_id take the mail of many records.`,
    { details: { aliases: there } },
  );
}

/** The fields that differ; when mail last came is no field of the configuration. */
function audit({ before, after }: Edit): Audit.Change[] {
  const [old, next] = [before && fields(before), after && fields(after)];
  if (old && next) {
    const changed = compare(old, next);
    return changed ? [{ noun: "alias", id: next.id, action: "update", ...changed }] : [];
  }
  const known = old ?? next;
  if (!known) return [];
  return [
    { noun: "alias", id: known.id, action: next ? "create" : "delete", before: old ?? null, after: next ?? null },
  ];
}

const fields = ({ last_mail_at: _at, ...record }: AliasRecord) => ({ ...record });
