import type { Ports } from "../ports/main.ts";
import type { Version } from "./version.ts";

/** A database as its operator sees it. */
export interface DatabaseView {
  readonly id: string;
  readonly name: string;
  readonly status: Version["status"];
  readonly paused_by: Version["paused_by"];
  readonly delivery: Version["delivery"];
  readonly redirect_to: string | null;
  readonly plan: string;
  readonly apps: readonly string[];
  /** The limit in force, in recipients a day (R-LIM-1). */
  readonly daily_limit: number;
  /** What the operator set in place of plan and apps; null = nothing. */
  readonly daily_limit_override: number | null;
  readonly default_domain: string;
  /** Whether the platform is ready to send for it; until then its platform mail waits. */
  readonly provisioned: boolean;
  readonly created_at: string;
  /** Recipients counted today, of `limit` (R-LIM-2). */
  readonly used: number;
  readonly limit: number;
}

/** Makes the view of a database with what it has used today. */
export function view({ operator }: Pick<Ports, "operator">, version: Version, used = 0): DatabaseView {
  const {
    id,
    name,
    status,
    paused_by,
    delivery,
    redirect_to,
    plan,
    apps,
    daily_limit,
    limit,
    provisioned,
    created_at,
  } = version;
  return {
    id,
    name,
    status,
    paused_by,
    delivery,
    redirect_to,
    plan,
    apps,
    daily_limit: limit,
    daily_limit_override: daily_limit,
    default_domain: `${name}.${operator.root_domain}`,
    provisioned,
    created_at,
    used,
    limit,
  };
}
