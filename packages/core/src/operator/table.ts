import * as keys from "../keys.ts";
import { dailyLimit } from "../limit/plan.ts";
import type { Ports } from "../ports/main.ts";
import type { Check, Item } from "../ports/store.ts";

/** What the operator has decided for all databases, at one revision. */
export interface Table {
  /** Raised with every change; 0 = nothing was changed yet, the installation's own values are in force. */
  readonly revision: number;
  /** Daily limit of platform mail by plan, in recipients (R-LIM-1). */
  readonly plans: Readonly<Record<string, number>>;
  /** Daily limit an installed app brings, in recipients (R-LIM-1). */
  readonly apps: Readonly<Record<string, number>>;
  /** When the day ends, `HH:MM` UTC (R-LIM-2). */
  readonly reset_utc: string;
  /** Whether databases of a plan may use servers of their own (R-SRV-10); a plan that is not named may. */
  readonly custom_email_servers: Readonly<Record<string, boolean>>;
}

/** What of the table a database's plan, apps and own limit come to; kept in its version item. */
export interface Resolved {
  readonly limit: number;
  readonly reset_utc: string;
  /** R-SRV-10. */
  readonly custom_email_servers: boolean;
  /** The revision it was resolved from. */
  readonly operator_revision: number;
}

/** Reads the table, strongly. */
export async function read({ store, operator }: Pick<Ports, "store" | "operator">): Promise<Table> {
  const item = await store.get(keys.operatorSettings, { consistent: true });
  return item ? fromItem(item) : initial(operator);
}

/** The table of an installation whose operator has changed nothing. */
export const initial = ({ plans, apps, reset_utc }: Ports["operator"]): Table => ({
  revision: 0,
  plans,
  apps,
  reset_utc,
  custom_email_servers: {},
});

function fromItem(item: Item): Table {
  const { pk: _pk, sk: _sk, ...table } = item;
  return table as unknown as Table;
}

/** What is in force for a database of that plan and those apps. */
export const resolve = (
  table: Table,
  of: { readonly plan: string; readonly apps: readonly string[]; readonly daily_limit: number | null },
): Resolved => ({
  limit: dailyLimit(table, of),
  reset_utc: table.reset_utc,
  custom_email_servers: table.custom_email_servers[of.plan] ?? true,
  operator_revision: table.revision,
});

/**
 * The condition that the table is still the one something was resolved from. With it in the transaction, whatever was
 * resolved from an older table is written before the table changes, so that the walk after the change finds it.
 */
export const unchanged = ({ revision }: Table): Check =>
  revision === 0
    ? { check: keys.operatorSettings, if: "attribute_not_exists(pk)" }
    : { check: keys.operatorSettings, if: "#revision = :revision", values: { revision } };
