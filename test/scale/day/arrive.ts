import * as Chance from "../chance.ts";
import type { Campaign } from "../population.ts";
import { hours, type Scenario } from "../scenario.ts";
import { goOn, nextBatch, queue } from "./accept.ts";
import type { State } from "./state.ts";

const hour = 3_600;

/** A campaign under way. */
interface Running {
  readonly database: number;
  left: number;
}

/** What asks for mail, a second at a time. */
export type Arrive = (state: State) => void;

/** Requests of all databases, as likely as each has mail to send and as the hour has. */
export function create({ scenario, population, chance, first }: State): Arrive {
  const whose = Chance.draw(population.demand, chance);
  const running: Running[] = [];
  let next = 0;
  return (state) => {
    goOn(state);
    const mean = transactionalAt(scenario, first, state.now);
    for (let n = chance.times(mean); n > 0; n--)
      queue(state, { database: whose(), kind: "transactional", mails: 1, at: state.now });
    for (; isDue(population.campaigns[next], state.now); next++) start(running, population.campaigns[next]);
    for (let n = running.length - 1; n >= 0; n--) if (advance(state, running[n])) running.splice(n, 1);
  };
}

/** Transactional mails that are asked for in a second, on average. */
export function transactionalAt({ transactional }: Scenario, first: number, second: number): number {
  const all = hours.transactional.reduce<number>((sum, part) => sum + part, 0);
  return (transactional * (hours.transactional[(first + Math.floor(second / hour)) % 24] ?? 0)) / all / hour;
}

const isDue = (campaign: Campaign | undefined, now: number): boolean => campaign !== undefined && campaign.at <= now;

function start(running: Running[], campaign: Campaign | undefined): void {
  if (campaign) running.push({ database: campaign.database, left: campaign.mails });
}

/** The batches of a second. @returns whether they were the last */
function advance(state: State, campaign: Running | undefined): boolean {
  if (!campaign) return true;
  const { database } = campaign;
  for (let n = 0; n < state.scenario.campaigns.rate && campaign.left > 0; n++) {
    const mails = nextBatch(campaign.left);
    queue(state, { database, kind: "mass", mails, at: state.now });
    campaign.left -= mails;
  }
  return campaign.left === 0;
}
