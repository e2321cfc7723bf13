import { today } from "@posthouse/core/statistics/today";
import { wanted } from "@posthouse/core/webhook/wanted";
import { type Call, record } from "../bench/calls.ts";
import type { World } from "../bench/world.ts";
import { indexes, type Place } from "./units.ts";

/** Units that some work took on the embedded AWS. */
export interface Counted {
  readonly reads: number;
  readonly writes: number;
  /** Of the indexes, by name. */
  readonly indexes: Readonly<Record<string, number>>;
  /** Kinds of partitions of the table that were written. */
  readonly places: readonly string[];
  /** Writes of the notes that events of SES come in, and that a tick has ended: by the clock, and no part of what a mail costs. */
  readonly notes: number;
}

/** What is noted by the clock. */
const noted = "note";

const prefixes: readonly (readonly [string, Place | typeof noted])[] = [
  ["USE#", "counter"],
  ["SUP#", "stop lists"],
  ["OPTOUT#", "stop lists"],
  ["SOFT#", "stop lists"],
  ["BODY#", "body"],
  ["MAIL#", "head"],
  ["MID#", "message id"],
  ["STAT#", "counts"],
  ["KEY#", "key"],
  ["BATCH#", "batch"],
  ["LINE#", "line"],
  ["PACE", "pace"],
  ["EVENT#", "outbox"],
  ["HOOK#", "delivery"],
  ["EVENTS", noted],
  ["DOCTOR", noted],
];

/**
 * Counts what work takes, one after another.
 * @param databases whose warm caches are kept warm, or a slow machine would count what is read anew
 */
export function counting(
  { env, clients, ports }: World,
  databases: readonly string[] = [],
): (work: () => Promise<unknown>) => Promise<Counted> {
  const recorder = record(clients);
  return async (work) => {
    await Promise.all(databases.flatMap((id) => [wanted(ports, id), today(ports, id)]));
    recorder.take();
    env.meter.reset();
    await work();
    const { reads, writes, byTarget } = env.meter.read();
    const written = recorder.take().flatMap(writtenBy);
    const notes = written.filter((place) => place === noted).length;
    const of = (name: string): number =>
      Object.entries(byTarget).reduce(
        (sum, [target, line]) => sum + (target.endsWith(`/${name}`) ? line.writes : 0),
        0,
      );
    return {
      reads,
      writes: writes - notes,
      notes,
      indexes: Object.fromEntries(indexes.map((name) => [name, of(name)])),
      places: [...new Set(written)].filter((place) => place !== noted).toSorted(),
    };
  };
}

type Key = Readonly<Record<"pk", { readonly S?: string } | undefined>>;
type Write = Readonly<Record<"Put" | "Update" | "Delete", { readonly Item?: Key; readonly Key?: Key } | undefined>>;

/** Places that a call writes to; a check in a transaction writes nothing. */
function writtenBy({ operation, input }: Call): string[] {
  const { Item, Key, TransactItems } = input as { Item?: Key; Key?: Key; TransactItems?: readonly Write[] };
  if (operation === "TransactWriteItems")
    return (TransactItems ?? []).flatMap(({ Put, Update, Delete }) => {
      const key = Put?.Item ?? Update?.Key ?? Delete?.Key;
      return key ? [placeOf(key)] : [];
    });
  if (!["PutItem", "UpdateItem", "DeleteItem"].includes(operation)) return [];
  const key = Item ?? Key;
  return key ? [placeOf(key)] : [];
}

function placeOf({ pk }: Key): string {
  const name = pk?.S ?? "";
  return prefixes.find(([prefix]) => name.startsWith(prefix))?.[1] ?? name;
}
