import { parseArgs } from "node:util";
import { type Scenario, scenarios } from "./scenario.ts";

/** What `npm run simulate` is asked for. */
export interface Options {
  readonly scenarios: readonly Scenario[];
  /** Folder for the plots. */
  readonly svgTo: string | undefined;
  readonly write: boolean;
}

/** Reads the command line. @throws Error that says what may be given */
export function parse(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      rate: { type: "string" },
      times: { type: "string" },
      svg: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const { only, rate, times, svg: svgTo, write } = values;
  const wanted = scenarios.filter(({ name }) => only === undefined || name === only);
  const names = scenarios.map(({ name }) => name).join(" or ");
  if (wanted.length === 0) throw new Error(`There is no day ${only}: give ${names}.`);
  if (write && (only !== undefined || rate !== undefined || times !== undefined))
    throw new Error(
      "Only both days as they are can be written down: leave out --only, --rate and --times, or --write.",
    );
  return { scenarios: wanted.map((scenario) => at(grown(scenario, times), rate)), svgTo, write };
}

/** The same databases with so many times the mail, the limits and the quota. */
function grown(scenario: Scenario, times: string | undefined): Scenario {
  if (times === undefined) return scenario;
  const n = Number(times);
  if (!(n > 0)) throw new Error(`--times ${times}: give a number over 0.`);
  const { title, plans, transactional, campaigns, ses } = scenario;
  const larger = Object.entries(plans).map(([name, plan]) => [name, { ...plan, limit: Math.round(plan.limit * n) }]);
  return {
    ...scenario,
    title: `${title}, ${n} times`,
    plans: Object.fromEntries(larger) as Scenario["plans"],
    transactional: Math.round(transactional * n),
    campaigns: { ...campaigns, mails: Math.round(campaigns.mails * n) },
    ses: ses && { rate: Math.max(2, ses.rate * n), quota: ses.quota * n },
  };
}

function at(scenario: Scenario, rate: string | undefined): Scenario {
  if (rate === undefined) return scenario;
  const given = Number(rate);
  if (!(given >= 2)) throw new Error(`--rate ${rate}: give recipients a second, 2 or more.`);
  const quota = Math.max(scenario.ses?.quota ?? 0, given * 86_400);
  return { ...scenario, ses: { rate: given, quota } };
}
