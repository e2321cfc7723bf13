import * as Arn from "./arn.ts";
import type { Ses } from "./context.ts";
import { alreadyExists, badRequest, notFound, SesError } from "./error.ts";
import type { SuppressionOverride } from "./suppression.ts";

/** Sends the events of the given types to an SNS topic. */
export interface EventDestination {
  name: string;
  enabled: boolean;
  types: string[];
  topic: string;
}

/** A named set of rules for the mail sent with it. */
export interface ConfigurationSet {
  name: string;
  sendingEnabled: boolean;
  suppression?: SuppressionOverride;
  tags: { Key: string; Value: string }[];
  destinations: EventDestination[];
}

/** The set's ARN. */
export function arn(ses: Ses, name: string): string {
  return Arn.format(ses, `configuration-set/${name}`);
}

/** A new set without destinations. */
export function create(ses: Ses, set: Omit<ConfigurationSet, "destinations">): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(set.name)) {
    throw badRequest("Configuration set name: use up to 64 letters, digits, '_' and '-'.");
  }
  if (ses.configurationSets.get(set.name)) throw alreadyExists("Configuration set", set.name);
  if (ses.configurationSets.count() >= ses.limits.configurationSets) {
    throw new SesError("LimitExceededException", "The account has as many configuration sets as it may have.");
  }
  ses.configurationSets.put(set.name, { ...set, destinations: [] });
}

/** The set of this name, or `NotFoundException`. */
export function get(ses: Ses, name: string): ConfigurationSet {
  const set = ses.configurationSets.get(name);
  if (!set) throw notFound("Configuration set", name);
  return set;
}

/** Changes what is given of a set. */
export function update(ses: Ses, name: string, change: Partial<ConfigurationSet>): void {
  ses.configurationSets.put(name, { ...get(ses, name), ...change });
}

/** Adds a destination; at most ten a set. */
export function addDestination(ses: Ses, set: string, destination: EventDestination): void {
  const { destinations } = get(ses, set);
  if (destinations.some(({ name }) => name === destination.name))
    throw alreadyExists("Event destination", destination.name);
  if (destinations.length >= ses.limits.eventDestinations) {
    throw new SesError(
      "LimitExceededException",
      "The configuration set has as many event destinations as it may have.",
    );
  }
  update(ses, set, { destinations: [...destinations, destination] });
}

/** Replaces a destination, or removes it. */
export function setDestination(ses: Ses, set: string, name: string, destination: EventDestination | undefined): void {
  const { destinations } = get(ses, set);
  if (!destinations.some((known) => known.name === name)) throw notFound("Event destination", name);
  const rest = destinations.filter((known) => known.name !== name);
  update(ses, set, { destinations: destination ? [...rest, destination] : rest });
}

/** Topics that get events of this type. */
export function topics(set: ConfigurationSet, type: string): string[] {
  return set.destinations.filter(({ enabled, types }) => enabled && types.includes(type)).map(({ topic }) => topic);
}
