import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Put } from "../ports/store.ts";
import type { Accepted, Idempotency } from "./request.ts";

/** How long a key is kept, in seconds. */
const keptSeconds = 24 * 3600;

/**
 * The claim on an idempotency key with the answer it stands for: an action for the commit. TTL deletes late, so a
 * claim whose time is over is taken anew by condition.
 */
export function claim(db: string, { key, hash }: Idempotency, answered: Accepted, now: number): Put {
  const seconds = Math.floor(now / 1000);
  return {
    put: { ...keys.idempotency(db, key), hash, answer: JSON.stringify(answered), expires_at: seconds + keptSeconds },
    if: "attribute_not_exists(pk) OR #expires_at <= :now",
    values: { now: seconds },
  };
}

/**
 * The answer a key already has, read strongly: a repeated request gets it even where it would be refused today.
 * @throws AppError invalid_idempotent_request when the key stands for another request.
 */
export async function read(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  idempotency: Idempotency,
): Promise<Accepted | undefined> {
  const item = await store.get(keys.idempotency(db, idempotency.key), { consistent: true });
  if (!item || (item["expires_at"] as number) * 1000 <= clock.now()) return undefined;
  return answer(item, idempotency);
}

/**
 * The answer in a claim.
 * @throws AppError invalid_idempotent_request when the key stands for another request.
 */
export function answer(item: Item, { hash }: Idempotency): Accepted {
  if (item["hash"] !== hash)
    throw new AppError(
      "invalid_idempotent_request",
      "This idempotency key was used for another request: use a new key, or send the same request.",
    );
  return JSON.parse(item["answer"] as string) as Accepted;
}
