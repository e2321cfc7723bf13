import { isBusy } from "../configuration/commit.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import { inTurn } from "../limit/turn.ts";
import type { Ports } from "../ports/main.ts";
import type { Put } from "../ports/store.ts";
import { retry } from "../retry.ts";
import * as Claim from "./claim.ts";

/** The actions that claim the key for an answer: part of the very transaction that makes what is answered. */
export type Claims<T> = (answer: T) => Promise<readonly Put[]>;

/** No key was given: nothing is claimed. */
export const none = async (): Promise<readonly Put[]> => [];

/** How a request is made once. */
export interface Options<T> extends Pick<Claim.Keeping, "sealed"> {
  /**
   * The work that follows the commit, gone on with where it was cut short; without it the commit is all there is. What
   * it answers, as what `make` answers, takes the place of what was claimed.
   */
  readonly resume?: (answer: T) => Promise<T>;
}

type Needs = Pick<Ports, "store" | "clock" | "vault">;

/** A twin was faster: its answer is ours. Whoever asks for it handles it: it never leaves {@link once}. */
export class Taken extends Error {
  override readonly name = "Taken";
}

/**
 * Makes something once for an idempotency key: the same key and request get the first answer again, twins at the same
 * time too. `make` puts what `claims` gives it into the transaction that commits its work, so key and work exist
 * together or not at all and no key can stick. Whatever makes it fail, a twin's answer goes before: it may have failed
 * because of the twin. Refusals are not remembered.
 * @throws what `make` throws; AppError invalid_idempotent_request for another request, concurrent_idempotent_requests
 *   while the first is under way.
 */
export async function once<T>(
  ports: Needs,
  scope: Claim.Scope,
  key: Claim.Idempotency | undefined,
  make: (claims: Claims<T>) => Promise<T>,
  options: Options<T> = {},
): Promise<T> {
  if (!key) return make(none);
  const { pk, sk } = keys.idempotency(scope, key.key);
  // Twins in one process would only write bodies and cancel each other's transactions
  return inTurn(ports.store, `${pk}#${sk}`, async () => {
    const earlier = await Claim.read<T>(ports, scope, key);
    if (earlier) return again(ports, scope, key, earlier, options);
    try {
      return await first(ports, scope, key, make, options);
    } catch (error) {
      const twin = await Claim.read<T>(ports, scope, key);
      if (!twin) throw error;
      return again(ports, scope, key, twin, options);
    }
  });
}

/**
 * Claims the key for what many writes have made, each by itself and none twice: there is no one transaction to claim it
 * in. Cut short before, the request is made again, and adds what is missing.
 * @throws TransactionCanceled when a twin was faster; StoreBusy
 */
export async function claimAfter<T>(
  ports: Pick<Ports, "store" | "clock" | "random">,
  claims: Claims<T>,
  answer: T,
): Promise<T> {
  const claim = await claims(answer);
  if (claim.length > 0) await retry(ports, isBusy, () => ports.store.transact(claim));
  return answer;
}

async function first<T>(
  ports: Needs,
  scope: Claim.Scope,
  key: Claim.Idempotency,
  make: (claims: Claims<T>) => Promise<T>,
  { sealed = false, resume }: Options<T>,
): Promise<T> {
  const keeping = { sealed, open: resume !== undefined };
  const answer = await make(async (answer) => [await Claim.put(ports, scope, key, answer, keeping)]);
  if (resume) await Claim.settle(ports, scope, key, answer, keeping);
  return answer;
}

async function again<T>(
  ports: Needs,
  scope: Claim.Scope,
  key: Claim.Idempotency,
  { answer, open_until }: Claim.Found<T>,
  { sealed = false, resume }: Options<T>,
): Promise<T> {
  if (open_until === undefined || !resume) return answer;
  if (open_until > ports.clock.now() || !(await Claim.takeOver(ports, scope, key.key, open_until)))
    throw new AppError(
      "concurrent_idempotent_requests",
      "The first request with this idempotency key is still under way: ask again in a minute.",
    );
  const done = await resume(answer);
  await Claim.settle(ports, scope, key, done, { sealed });
  return done;
}
