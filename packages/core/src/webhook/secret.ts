import type { Ports } from "../ports/main.ts";
import type { Random } from "../ports/random.ts";
import type { SecretOwner } from "../ports/vault.ts";

/** How long a former secret still signs, in ms: until every receiver knows the new one. */
export const overlap = 24 * 3_600_000;
/** Former secrets at most that sign beside the one in force: the header of an event has no end otherwise. */
const most = 3;

/** What is sealed of an endpoint. */
export interface Secrets {
  /** The one in force, `whsec_` and base64. */
  readonly current: string;
  /** Those before it, the newest first. */
  readonly former: readonly Former[];
}

interface Former {
  readonly secret: string;
  /** Until when it signs, ms. */
  readonly until: number;
}

/** A new secret as Standard Webhooks has it: `whsec_` and 256 random bits in base64. */
export const make = (random: Random): string => `whsec_${Buffer.from(random.bytes(32)).toString("base64")}`;

/** The secrets after a rotation: what was in force signs for another 24 h. @param now ms */
export const rotate = ({ current, former }: Secrets, next: string, now: number): Secrets => ({
  current: next,
  former: [{ secret: current, until: now + overlap }, ...former.filter(({ until }) => until > now)].slice(0, most),
});

/** The secrets that sign at a moment, the newest first: by time, nothing need be swept. @param now ms */
export const inForce = ({ current, former }: Secrets, now: number): string[] => [
  current,
  ...former.filter(({ until }) => until > now).map(({ secret }) => secret),
];

/** Seals an endpoint's secrets for it alone (G6). */
export const seal = ({ vault }: Pick<Ports, "vault">, owner: SecretOwner, secrets: Secrets): Promise<string> =>
  vault.seal(JSON.stringify(secrets), owner);

/** Opens them. @throws when they were sealed for another endpoint, or changed. */
export const open = async ({ vault }: Pick<Ports, "vault">, owner: SecretOwner, sealed: string): Promise<Secrets> =>
  JSON.parse(await vault.open(sealed, owner)) as Secrets;
