import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import * as keys from "../keys.ts";
import * as Line from "../line/line.ts";
import type { Ports } from "../ports/main.ts";
import { asOf, type Limits, limitsOf, type Use } from "./limit.ts";
import { fromItem } from "./use.ts";

/** What a server has used of its own limits (R-LIM-5), in recipients. */
export interface ServerUsage {
  readonly id: string;
  readonly name: string;
  /** Of this calendar minute; limit null = none. */
  readonly minute: { readonly used: number; readonly limit: number | null };
  /** Of this counting day. */
  readonly day: { readonly used: number; readonly limit: number | null };
  /** Mails that wait for room, counted to 1,000. */
  readonly waiting: number;
}

/** Mails counted at most: a long line is not read for its length. */
const counted = 1_000;

/** The use of every server that has limits; nothing is read where none has. */
export async function usage(
  ports: Pick<Ports, "store" | "clock" | "operator">,
  version: Version,
): Promise<ServerUsage[]> {
  const { servers } = await load(ports, version);
  const limited = servers.flatMap((server) => {
    const limits = limitsOf(server, version);
    return limits ? [{ name: server.name, limits }] : [];
  });
  if (limited.length === 0) return [];
  const wanted = limited.map(({ limits }) => keys.serverUse(version.id, limits.server));
  const items = await ports.store.batchGet(wanted, { consistent: true });
  return Promise.all(
    limited.map(({ name, limits }) => {
      const { sk } = keys.serverUse(version.id, limits.server);
      return one(ports, version.id, name, limits, fromItem(items.find((item) => item.sk === sk)));
    }),
  );
}

async function one(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  name: string,
  limits: Limits,
  use: Use,
): Promise<ServerUsage> {
  const { used, day_used, waiting } = asOf(use, limits, clock.now());
  return {
    id: limits.server,
    name,
    minute: { used, limit: limits.per_minute },
    day: { used: day_used, limit: limits.per_day },
    waiting: waiting === 0 ? 0 : (await Line.front(store, db, limits.server, counted)).length,
  };
}
