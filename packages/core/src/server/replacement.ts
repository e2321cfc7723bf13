import type { Loaded } from "../configuration/load.ts";
import { forcedPartition } from "../email/forced.ts";
import { fromItem, waiting } from "../email/head.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Delete, Put, Store } from "../ports/store.ts";
import type { SettingsRecord } from "../settings/record.ts";

/** Marked emails looked at; a mark may outlast the waiting of its email. */
const looked = 100;
/** Longer than any mail waits, in seconds. */
const kept = 400 * 86_400;
/** Replacements of replacements that are followed. */
const hops = 10;

/** What the configuration gets when a server goes or rests. */
export interface Replaced {
  readonly writes: readonly (Put | Delete)[];
  readonly settings: Partial<SettingsRecord>;
}

/**
 * Lets a server go or rest (R-SRV-6): as the dedicated server, and for the waiting emails that were forced to it, only
 * with a replacement, which is to be said once. Those emails are not touched: whoever dispatches one looks up what takes the server's place.
 * @param replacement another active public server's id; null = none: the rules choose.
 * @throws AppError conflict without a replacement where one is needed; invalid_parameter
 */
export async function replace(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { version, settings, servers }: Loaded,
  id: string,
  replacement?: string | null,
): Promise<Replaced> {
  const dedicated = settings.dedicated_server === id;
  const key = keys.replacement(version.id, id);
  if (replacement === undefined) {
    if (dedicated) throw conflict("This is the dedicated server of mass mail");
    const said = await store.get(key, { consistent: true });
    if (!said && (await isAwaited(store, version.id, id)))
      throw conflict("Emails that were forced to this server wait for it");
    return { writes: [], settings: {} };
  }
  const other = servers.find((server) => server.id === replacement && server.id !== id);
  if (replacement !== null && (!other?.active || other.owner !== null))
    throw new AppError("invalid_parameter", "replacement names no other active server of the database.", {
      details: { field: "replacement" },
    });
  const expires_at = Math.ceil(clock.now() / 1000) + kept;
  return {
    writes: [{ put: { ...key, replacement, expires_at } }],
    settings: dedicated ? { dedicated_server: replacement } : {},
  };
}

const conflict = (what: string): AppError =>
  new AppError("conflict", `${what}: name a \`replacement\`, a server's id or null.`);

/** Whether an email waits that was forced to the server: the index is eventually consistent, so the heads are asked. */
async function isAwaited(store: Store, db: string, server: string): Promise<boolean> {
  const { items } = await store.query({ index: "mark", pk: forcedPartition(db, server), limit: looked });
  const heads = await store.batchGet(
    items.map(({ pk, sk }) => ({ pk, sk })),
    { consistent: true },
  );
  return heads.map(fromItem).some(({ state }) => waiting.includes(state) || state === "sending");
}

/** The active server that takes the place of one that is gone or rests; undefined = none: the rules choose. */
export async function find(
  store: Store,
  { version, servers }: Pick<Loaded, "version" | "servers">,
  id: string,
): Promise<string | undefined> {
  let next: string | undefined = id;
  for (let n = 0; n < hops && next !== undefined; n++) {
    const item = await store.get(keys.replacement(version.id, next), { consistent: true });
    next = (item?.["replacement"] as string | null | undefined) ?? undefined;
    if (servers.some((server) => server.id === next && server.active)) return next;
  }
  return undefined;
}
