/**
 * The store port: one DynamoDB table, spoken to in single-item writes, transactions and key queries.
 *
 * Expressions are DynamoDB's own, with one convenience: every `#name` in an `if` stands for the attribute
 * `name` and every `:name` for `values.name`. Nothing here reads before it writes: a write carries its condition.
 */

/** The primary key of an item. The database (tenant) is part of every `pk`. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** An item as stored: its key and attributes. */
export type Item = Key & Record<string, unknown>;

/** A condition on the item as it is when the write is made. */
export interface Condition {
  /** DynamoDB condition expression, e.g. `#left >= :n AND #limit_rev = :rev`. */
  readonly if?: string;
  /** What the `:names` of `if` stand for. */
  readonly values?: Record<string, unknown>;
}

/** Puts a whole item. */
export interface Put extends Condition {
  readonly put: Item;
}

/** Changes attributes of an item (and makes it where it does not exist, unless `if` says otherwise). */
export interface Update extends Condition {
  readonly update: Key;
  readonly set?: Record<string, unknown>;
  /** Numbers added; an absent attribute counts as 0. */
  readonly add?: Record<string, number>;
  readonly remove?: readonly string[];
}

/** Deletes an item. */
export interface Delete extends Condition {
  readonly delete: Key;
}

/** Checks an item within a transaction without changing it. */
export interface Check extends Condition {
  readonly check: Key;
}

/** One write by itself. */
export type Write = Put | Update | Delete;

/** The global secondary indexes, all of them keys only: `<index>_pk`, `<index>_sk`. */
export type Index = "due" | "list" | "mark" | "recipient";

/** A query by partition key, ascending by sort key unless `descending`. */
export interface Query {
  readonly pk: string;
  readonly index?: Index;
  /** Sort keys that begin so. */
  readonly prefix?: string;
  /** Sort keys below (exclusive). */
  readonly below?: string;
  /** Sort keys above (exclusive). */
  readonly above?: string;
  readonly descending?: boolean;
  readonly limit?: number;
  /** Strongly consistent; DynamoDB refuses it on an index. */
  readonly consistent?: boolean;
  readonly cursor?: string;
}

/** A page of a query; `cursor` is there when there is more. */
export interface Page {
  readonly items: Item[];
  readonly cursor?: string;
}

/** What became of one action of a cancelled transaction. */
export interface Reason {
  readonly code: "None" | "ConditionalCheckFailed" | "TransactionConflict" | "ThrottlingError" | "Other";
  /** The item as it stood, where the condition failed and there was one. */
  readonly item?: Item;
}

/** The condition of a single write did not hold; `item` is what was there. */
export class ConditionFailed extends Error {
  override readonly name = "ConditionFailed";
  readonly item: Item | undefined;
  constructor(item?: Item) {
    super("the condition of the write did not hold");
    this.item = item;
  }
}

/** A transaction was cancelled; `reasons` stand in the order of its actions. Nothing of it was written. */
export class TransactionCanceled extends Error {
  override readonly name = "TransactionCanceled";
  readonly reasons: readonly Reason[];
  constructor(reasons: readonly Reason[]) {
    super(`transaction cancelled: ${reasons.map((reason) => reason.code).join(", ")}`);
    this.reasons = reasons;
  }
}

/** Whether a transaction was cancelled because the condition of its first action did not hold. */
export const isRefused = (error: unknown): boolean =>
  error instanceof TransactionCanceled && error.reasons[0]?.code === "ConditionalCheckFailed";

/** The write may succeed when tried again: a conflict with a transaction in flight, throttling, or a lost answer. */
export class StoreBusy extends Error {
  override readonly name = "StoreBusy";
}

export interface Store {
  get(key: Key, options?: { consistent?: boolean }): Promise<Item | undefined>;
  /** Any number of items, in no order; missing ones are left out. */
  batchGet(keys: readonly Key[], options?: { consistent?: boolean }): Promise<Item[]>;
  query(query: Query): Promise<Page>;
  /**
   * One write. Answers the item as it then is (for an update) or as it was (for a delete).
   * @throws ConditionFailed, StoreBusy
   */
  write(write: Write): Promise<Item | undefined>;
  /**
   * All or nothing, at most 100 actions, no two on one item. `token` makes a repeated call harmless for 10 minutes.
   * @throws TransactionCanceled, StoreBusy
   */
  transact(writes: readonly (Write | Check)[], token?: string): Promise<void>;
}
