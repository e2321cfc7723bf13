/**
 * `ClientRequestToken`: a transaction repeated with its token within ten
 * minutes is answered and not run again. The token is a row of the
 * transaction's own batch: it is known exactly if the transaction is.
 */
import { createHash } from "node:crypto";
import { DynamodbError, invalid } from "./error.ts";
import { type RowOperation, type Rows, under } from "./rows.ts";

const PREFIX = "token~";
const LIFETIME_MS = 10 * 60 * 1000;

interface Token {
  hash: string;
  /** Milliseconds since 1970. */
  expires: number;
}

/** The tokens of the last ten minutes. */
export interface Tokens {
  /**
   * Claims a token for a request. True: the same request was committed already.
   * Throws IdempotentParameterMismatchException for another request, and
   * TransactionInProgressException while the first one still runs.
   */
  claim(token: string, hash: string, now: number): boolean;
  /** The row to commit with the transaction. */
  row(token: string, hash: string, now: number): RowOperation;
  /** Ends a claim: remembered when the transaction was committed, else free again. */
  settle(token: string, hash: string, now: number, committed: boolean): void;
  /** Forgets what has expired; the rows to remove. */
  expire(now: number): RowOperation[];
}

/** Loads the tokens on disk; the expired ones go with the next sweep. */
export async function load(rows: Rows): Promise<Tokens> {
  const found: [string, Token][] = [];
  for await (const [key, value] of rows.iterator(under(PREFIX))) found.push([key.slice(PREFIX.length), value as Token]);
  // Kept oldest first, as they come, so that expiring looks at the front only.
  const known = new Map(found.sort(([, a], [, b]) => a.expires - b.expires));
  const running = new Map<string, string>();

  return {
    claim: (token, hash, at) => {
      if (token === "" || token.length > 36) throw badLength(token);
      const before = known.get(token);
      const live = before && before.expires > at ? before.hash : running.get(token);
      if (live !== undefined && live !== hash) throw mismatch();
      if (running.has(token)) throw inProgress();
      if (live !== undefined) return true;
      running.set(token, hash);
      return false;
    },
    row: (token, hash, at) => ({ type: "put", key: PREFIX + token, value: { hash, expires: at + LIFETIME_MS } }),
    settle: (token, hash, at, committed) => {
      running.delete(token);
      if (!committed) return;
      known.delete(token);
      known.set(token, { hash, expires: at + LIFETIME_MS });
    },
    expire: (at) => expired(known, at).map((token) => ({ type: "del", key: PREFIX + token })),
  };
}

function expired(known: Map<string, Token>, now: number): string[] {
  const gone: string[] = [];
  for (const [token, { expires }] of known) {
    if (expires > now) break;
    gone.push(token);
    known.delete(token);
  }
  return gone;
}

/** A short digest of a request's parameters, whatever the order of their members. */
export function digest(parameters: unknown): string {
  return createHash("sha256").update(JSON.stringify(parameters, sorted)).digest("base64url");
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function badLength(token: string): DynamodbError {
  const bound = token === "" ? "greater than or equal to 1" : "less than or equal to 36";
  return invalid(
    `1 validation error detected: Value '${token}' at 'clientRequestToken' failed to satisfy constraint: ` +
      `Member must have length ${bound}`,
  );
}

function mismatch(): DynamodbError {
  return new DynamodbError(
    "IdempotentParameterMismatchException",
    "The request uses the same client token as a previous, but non-identical request. " +
      "Do not reuse a client token with different requests, unless the requests are identical",
  );
}

function inProgress(): DynamodbError {
  return new DynamodbError(
    "TransactionInProgressException",
    "The transaction with the given request token is already in progress.",
  );
}
