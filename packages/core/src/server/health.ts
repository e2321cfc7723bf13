import * as keys from "../keys.ts";
import type { FailureClass } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import { type Breaker, fromItem } from "./breaker.ts";
import type { ServerRecord } from "./record.ts";

/** How a server is, as mail has found it. */
export interface Health {
  /** `failing` = the last attempts failed; `open` = attempts are stopped, until one mail finds that it works. */
  readonly state: "ok" | "failing" | "open";
  /** Failed attempts in a row. */
  readonly failures: number;
  /** When the first of them was. */
  readonly since: string | null;
  /** When one mail tries again. */
  readonly until: string | null;
  readonly class: FailureClass | null;
  /** The server's own words at the last of them. */
  readonly reply: string | null;
}

/** The health that a breaker shows; without one nothing is held against the server. */
export function of(breaker: Breaker | undefined): Health {
  if (!breaker) return { state: "ok", failures: 0, since: null, until: null, class: null, reply: null };
  const { failures, since, until = null, reply } = breaker;
  return { state: until === null ? "failing" : "open", failures, since, until, class: breaker.class, reply };
}

/** Servers with their health; that of the platform is the operator's matter, and null. */
export async function add<Server extends Pick<ServerRecord, "id" | "kind">>(
  { store }: Pick<Ports, "store">,
  db: string,
  servers: readonly Server[],
): Promise<(Server & { readonly health: Health | null })[]> {
  const ours = servers.filter(({ kind }) => kind === "smtp");
  const items = ours.length === 0 ? [] : await store.batchGet(ours.map(({ id }) => keys.breaker(db, id)));
  const breakers = new Map(items.map((item) => [item.sk, fromItem(item)]));
  return servers.map((server) => {
    const breaker = breakers.get(keys.breaker(db, server.id).sk);
    return { ...server, health: server.kind === "smtp" ? of(breaker) : null };
  });
}
