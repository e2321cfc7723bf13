import { createHash } from "node:crypto";
import type { Version } from "../database/version.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { claimAfter, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { fromItem, type ReceivedRecord } from "./record.ts";
import { handIn } from "./submit.ts";
import { type RouteView, view } from "./view.ts";

/** What an application hands in: a mail that it has got by itself (R-IN-8). */
export interface Offered {
  readonly raw: Uint8Array;
  /** The reverse-path, where it is known. */
  readonly from?: string;
  /** Default: whom the header names. */
  readonly to?: readonly string[];
}

/** What became of it. */
export interface Offer {
  /** The first of `ids`; null = it is kept nowhere: a report that told what became of an email, or a mail of our own. */
  readonly id: string | null;
  readonly ids: readonly string[];
  readonly status: ReceivedRecord["status"] | null;
  readonly route: RouteView | null;
  /** It had come in before: what became of it then. */
  readonly duplicate: boolean;
}

/**
 * Takes in a mail that the application hands in, by the rules of any other. Handed in again it is a duplicate, with or
 * without an idempotency key.
 * @throws AppError invalid_parameter for recipients that are not the database's, or none at all
 */
export const offer = (ports: Ports, version: Version, { raw, from, to }: Offered, key?: Idempotency): Promise<Offer> =>
  once(ports, version.id, key, async (claims) => {
    const id = createHash("sha256")
      .update(JSON.stringify(to ?? []))
      .update(raw)
      .digest("hex");
    const envelope = { ...(from !== undefined && { envelope_from: from }), ...(to && { recipients: to }) };
    const { ids, duplicate } = await handIn(ports, version, { raw, id, source: "api", ...envelope });
    const [first = null] = ids;
    const item =
      first === null ? undefined : await ports.store.get(keys.received(version.id, first), { consistent: true });
    const shown = item && view(fromItem(item));
    const answer = { id: first, ids, status: shown?.status ?? null, route: shown?.route ?? null, duplicate };
    return claimAfter(ports, claims, answer);
  });
