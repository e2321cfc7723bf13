import { seeded } from "../support/seeded.ts";
import { again } from "./again.ts";
import { calm, quiet } from "./calm.ts";
import { check, type Violations } from "./check/all.ts";
import { fair } from "./fleet/protocol.ts";
import { createCaller } from "./load/caller.ts";
import type { Planned } from "./load/mail.ts";
import { plan } from "./load/plan.ts";
import { startLoad } from "./load/run.ts";
import { setUp } from "./load/setup.ts";
import type { Options } from "./options.ts";
import { type Product, withProduct } from "./product.ts";
import { type Say, storm, type Toll } from "./storm.ts";

/** What a run came to. */
export interface Report {
  readonly violations: Violations;
  readonly toll: Toll;
  readonly figures: Readonly<Record<string, number>>;
  /** The end of what the processes printed. */
  readonly output: string;
}

/** How far the clock moves on in the storm: over the reset, and by less than an unknown outcome waits. */
const ahead_ms = 90 * 60_000;

/**
 * One run: the load under kills and faults, calm until all mail has ended, then what is left is looked at.
 * @throws Error when it could not be brought to its end, with what the processes printed.
 */
export const run = (options: Options, say: Say = () => undefined): Promise<Report> =>
  withProduct(options.seed, (product) => play(options, product, say));

async function play(options: Options, product: Product, say: Say): Promise<Report> {
  const { fleet, smtp, endpoint } = product;
  const { mails, faults, kills } = options;
  const random = seeded(options.seed + 1);
  const planned = plan(random, mails, fleet.now());
  await setUp({ ...fleet, smtp_port: smtp.port, endpoint: endpoint.url, limits: limits(planned) });
  await product.weather({ ...fair, faults, ses_faults: faults });
  const started = Date.now();
  const caller = createCaller(fleet, product.ended);
  const load = startLoad(planned, caller);
  const toll = await storm(fleet, load, { requests: planned.length, kills, random, ahead_ms, say });
  const answered = await load.done;
  const loaded = Date.now();
  await quiet(product);
  await product.weather(fair);
  const first = await calm(product);
  const second = await again(product, caller, faults);
  const evidence = await product.evidence({ answered, events_arrived: true, spent: second.spent });
  const violations = check(evidence);
  const crashes = [...fleet.crashes(), ...(first && second.ended ? [] : ["mail still waits after five weeks"])];
  return {
    violations: { ...violations, G1: [...crashes, ...violations.G1] },
    toll,
    output: fleet.output(),
    figures: {
      requests: caller.counts.made,
      unanswered: caller.counts.failed,
      emails: answered.flatMap(({ ids }) => ids).length,
      refused: answered.filter(({ status }) => status === 429).length,
      canceled: answered.filter(({ canceled }) => canceled).length,
      retried: second.retried,
      copies_over_ses: evidence.ses.length,
      copies_over_smtp: evidence.smtp.length,
      told: evidence.told.length,
      items: evidence.items.length,
      load_s: Math.round((loaded - started) / 1_000),
      calm_s: Math.round((Date.now() - loaded) / 1_000),
    },
  };
}

/** Limits that the databases which are to reach them do reach, on every day of the run. */
function limits(planned: readonly Planned[]): { tight: number; patient: number } {
  const of = (name: string) => planned.filter(({ database }) => database === name).length;
  return { tight: Math.ceil(of("tight") / 4), patient: 50 + Math.ceil(of("patient") / 2) };
}
