import type { Id } from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { claimAfter, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import * as OptOut from "../opt-out/record.ts";
import type { Ports } from "../ports/main.ts";
import { placeAll, put } from "./add.ts";
import { type Problem, type Row, read } from "./csv/read.ts";

/** How a list is taken in. */
export interface Options {
  /** Says what would be done, and writes nothing. */
  readonly dry_run: boolean;
  /** Where an earlier call ended: its `next_line`. @default the first */
  readonly from_line?: number;
  /** What mail leaves those out of whom the list says nothing. @default all */
  readonly scope?: "all" | "mass";
  /** Takes every line for somebody who has opted out, whatever it says. */
  readonly opt_outs?: boolean;
  /** How long one call writes, in ms: below the API function's time-out. */
  readonly time_ms?: number;
}

/** What came of it. Each line is in one of the numbers. */
export interface Imported {
  /** Put on the suppression list. */
  readonly added: number;
  /** Put on the list of opt-outs. */
  readonly opted_out: number;
  /** There already, with an entry that leaves out as much. */
  readonly already_there: number;
  /** Addresses that a line before had. */
  readonly duplicates: number;
  readonly invalid: number;
  /** The first 100 of the invalid. */
  readonly problems: readonly Problem[];
  /** There was too much for one call: the line to go on from. */
  readonly next_line: number | null;
}

type Needs = Pick<Ports, "store" | "clock" | "random">;

const defaultTime = 20_000;
/** Rows that are looked up, then written, together. */
const together = 500;
const shown = 100;

/**
 * Takes another provider's list into the suppression list, and who has unsubscribed into that of opt-outs (R-FAIL-5). No
 * event is told of them: whoever sends a list knows what is in it. Made again, killed or not, it adds what is missing.
 * @param key counts once for an idempotency key; each call for the rest of a list has one of its own.
 * @throws AppError invalid_parameter for what is no such list; invalid_idempotent_request; StoreBusy
 */
export const run = (
  ports: Needs & Pick<Ports, "vault">,
  db: Id<"database">,
  bytes: Uint8Array,
  options: Options,
  key?: Idempotency,
): Promise<Imported> =>
  once(ports, db, key, async (claims) => claimAfter(ports, claims, await take(ports, db, bytes, options)));

async function take(ports: Needs, db: Id<"database">, bytes: Uint8Array, options: Options): Promise<Imported> {
  const now = ports.clock.now();
  const { dry_run, scope = "all", from_line = 1, opt_outs = false, time_ms = defaultTime } = options;
  const { rows, problems } = read(bytes, { now, scope, from_line });
  const unique = distinct(opt_outs ? rows.map((row) => ({ ...row, list: "opt_out" as const })) : rows);
  const counts = { added: 0, opted_out: 0 };
  let done = 0;
  while (done < unique.length && ports.clock.now() < now + time_ms) {
    const some = unique.slice(done, done + together);
    const of = (list: Row["list"]) => some.filter((row) => row.list === list);
    counts.added += await suppress(ports, db, of("suppression"), dry_run);
    counts.opted_out += await optOut(ports, db, of("opt_out"), dry_run);
    done += some.length;
  }
  const next_line = unique[done]?.line ?? null;
  const before = <T extends { readonly line: number }>(all: readonly T[]) =>
    next_line === null ? all : all.filter(({ line }) => line < next_line);
  const invalid = before(problems);
  return {
    ...counts,
    already_there: done - counts.added - counts.opted_out,
    duplicates: before(rows).length - done,
    invalid: invalid.length,
    problems: invalid.slice(0, shown),
    next_line,
  };
}

/** Each address once on each list, in its first place, by what leaves out most. */
function distinct(rows: readonly Row[]): Row[] {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const key = `${row.list} ${row.address}`;
    const first = found.get(key);
    if (!first) found.set(key, row);
    else if (first.scope === "mass" && row.scope === "all") found.set(key, { ...row, line: first.line });
  }
  return [...found.values()];
}

/** @returns how many were added, or would be. */
async function suppress(ports: Needs, db: string, rows: readonly Row[], dry_run: boolean): Promise<number> {
  const asked = rows.map(({ line: _line, list: _list, ...row }) => ({ ...row, origin: "import" as const }));
  if (!dry_run) return (await placeAll(ports, db, asked, new Set())).filter(({ added }) => added).length;
  const items = await ports.store.batchGet(asked.map(({ address }) => keys.suppression(db, address)));
  const there = new Map(items.map((item) => [item.sk, item]));
  const now = ports.clock.now();
  return asked.filter((each) => put(db, each, now, there.get(each.address)) !== undefined).length;
}

/** @returns how many were opted out, or would be. */
async function optOut(ports: Needs, db: string, rows: readonly Row[], dry_run: boolean): Promise<number> {
  const items = await ports.store.batchGet(rows.map(({ address }) => keys.optOut(db, address)));
  const there = new Map(items.map((item) => [item.sk, OptOut.fromItem(item).origin]));
  if (dry_run) return rows.filter(({ address }) => !there.has(address)).length;
  const open = rows.filter(({ address }) => [undefined, "one_click"].includes(there.get(address)));
  const asked = open.map(({ address, created_at }) => {
    return { address, origin: "import" as const, ...(created_at !== undefined && { created_at }) };
  });
  return OptOut.putAll(ports, db, asked);
}
