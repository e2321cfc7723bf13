import type { Ports } from "../ports/main.ts";
import type { Migration } from "./migration.ts";
import { registry, removed } from "./registry.ts";
import * as State from "./state.ts";

/** `pending` = not begun: those before it have not ended, or no tick has run since the deploy. */
export const statuses = ["pending", "running", "finished"] as const;

/** How far a migration is, as the operator sees it. */
export interface MigrationView extends Pick<Migration, "id" | "from" | "to"> {
  /** The kind of items. */
  readonly of: string;
  readonly status: (typeof statuses)[number];
  /** Whether this release has it; one of a later release goes on when that is back. */
  readonly known: boolean;
  readonly sweep: 1 | 2;
  readonly databases: number;
  readonly items_read: number;
  /** At least so many: what was cut short is not counted, nor what a request took forward. */
  readonly items_changed: number;
  readonly items_failed: number;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** The migrations of this release in their order, then those of later ones that were begun. */
export async function list(
  ports: Pick<Ports, "store">,
  migrations: readonly Migration[] = registry,
): Promise<MigrationView[]> {
  const found = await State.all(ports, { consistent: true });
  const others = [...found.values()].filter(
    ({ id }) => !removed.includes(id) && !migrations.some((one) => one.id === id),
  );
  return [
    ...migrations.map((one) => view(one, found.get(one.id), true)),
    ...others.map((state) => view(state, state, false)),
  ];
}

function view(
  { id, of, from, to }: Pick<Migration, "id" | "of" | "from" | "to">,
  state: State.State | undefined,
  known: boolean,
): MigrationView {
  const { sweep = 1, databases = 0, read = 0, changed = 0, failed = 0 } = state ?? {};
  const { started_at = null, finished_at = null } = state ?? {};
  const begun = finished_at === null ? "running" : "finished";
  return {
    ...{ id, of, from, to, known, sweep, databases, started_at, finished_at },
    status: state ? begun : "pending",
    items_read: read,
    items_changed: changed,
    items_failed: failed,
  };
}
