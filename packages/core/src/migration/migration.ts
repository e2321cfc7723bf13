/** What kinds of items have changed their shape, as the table of items in `docs/architecture.md` names them. */
export type Kind = "received" | "former_address";

/** What a migration changes of an item. Neither the key nor an index's key is ever among it. */
export interface Change {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
}

/** One step forward of the items of a kind: from one version of their shape to the next. */
export interface Migration {
  /** Never given again. */
  readonly id: string;
  readonly of: Kind;
  readonly from: number;
  /** `from` + 1. */
  readonly to: number;
  /** The attributes that `up` looks at: it gets no others, and is written only where they are as it saw them. */
  readonly reads: readonly string[];
  /** Pure, and says the same of the same whenever it is asked; of an item that is not concerned nothing. */
  up(read: Readonly<Record<string, unknown>>): Change;
}

/** The version of an item's shape: its `v`; absent = 1. */
export const versionOf = ({ v }: { readonly [name: string]: unknown }): number => (typeof v === "number" ? v : 1);

/** What a migration changes of an item. */
export const changeOf = ({ reads, up }: Migration, item: { readonly [name: string]: unknown }): Change =>
  up(Object.fromEntries(reads.filter((name) => item[name] !== undefined).map((name) => [name, item[name]])));
