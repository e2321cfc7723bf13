import type { Version } from "../database/version.ts";
import type { Ports } from "../ports/main.ts";
import { judge, type Rates, rates, type Verdict } from "./rate.ts";
import * as Window from "./window.ts";

/** How a database's platform mail is received, as it is shown (R-FAIL-7). */
export interface ReputationView extends Rates {
  /** The counting days that were looked at. */
  readonly window: { readonly from: string; readonly to: string };
  /** `paused` = its platform mail is; rates that would pause it are a `warning` until they have. */
  readonly state: Verdict;
  /** Why it was paused, as the rates were then; null unless it is. */
  readonly paused_for: Version["paused_for"] | null;
}

/** The rates of the last seven days, and what they have led to. */
export async function view(
  ports: Pick<Ports, "store" | "clock" | "operator">,
  version: Version,
): Promise<ReputationView> {
  const window = await Window.read(ports, version, ports.clock.now());
  const verdict = judge(window);
  const isPaused = version.status === "paused" && version.paused_by === "reputation";
  return {
    window: { from: window.from, to: window.to },
    ...rates(window),
    state: isPaused ? "paused" : verdict === "ok" ? "ok" : "warning",
    paused_for: isPaused ? (version.paused_for ?? null) : null,
  };
}
