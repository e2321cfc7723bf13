import { domainOf } from "../address/address.ts";
import * as Alias from "../alias/find.ts";
import type { AliasRecord } from "../alias/record.ts";
import { purposes } from "../domain/received.ts";
import type { Ports } from "../ports/main.ts";
import type { Home } from "./copy.ts";
import { type Destination, meanings, type Names, withoutTag } from "./destination.ts";
import type { Place } from "./plan.ts";

/** What a destination is to the database. */
export type Known = Pick<Place, "alias" | "purpose">;

/** Look-ups of local parts on other domains, at most: a mail may have hundreds of recipients, a database many domains. */
const most = 500;

type Aliases = ReadonlyMap<string, AliasRecord>;

/**
 * What the destinations of a mail are to a database: the routing alias that one of its addresses is (R-IN-3), and what an
 * alias domain has it for (R-IN-2). Of what one address may mean the longest counts, and of one name a routing alias goes
 * before a former address. Without either, the local part on the default domain means the one alias of that name on
 * another domain (R-IN-8); else, where forwarding lost the old address, the mail is for the one alias that To and Cc name.
 */
export async function recognise(
  { store }: Pick<Ports, "store">,
  db: string,
  { loaded, former, names }: Home,
  destinations: readonly Destination[],
): Promise<ReadonlyMap<Destination, Known>> {
  const purposeOf = purposes(loaded, former);
  const all = destinations.flatMap(({ addresses }) => addresses);
  const said = destinations.flatMap(({ named }) => named);
  const direct = await Alias.among({ store }, db, [...new Set([...all, ...said].flatMap(meanings))]);
  const knownAs = (address: string) => byAddress(address, direct, purposeOf);
  const isPlain = (address: string) => domainOf(address) === names.fallback && knownAs(address) === undefined;
  const room = Math.max(1, Math.floor(most / Math.max(1, names.own.size)));
  const elsewhere = new Map([...new Set(all.filter(isPlain))].slice(0, room).map((one) => [one, others(one, names)]));
  const wanted = [...new Set([...elsewhere.values()].flat())];
  const indirect: Aliases = wanted.length === 0 ? new Map() : await Alias.among({ store }, db, wanted);
  const of = ({ addresses, named }: Destination): Known => {
    const known = addresses.flatMap((address) => knownAs(address) ?? []);
    const told = named.flatMap((address) => knownAs(address) ?? []);
    const purpose = purposeAmong(known);
    const meant = addresses
      .flatMap((address) => elsewhere.get(address) ?? [])
      .flatMap((one) => indirect.get(one) ?? []);
    // What comes to the bounce or notification address came for that
    const may = purpose === null || purpose === "catchall" ? aliasesAmong(told) : [];
    const alias = aliasesAmong(known)[0] ?? only(meant) ?? only(may);
    return { alias, purpose: purpose ?? purposeAmong(told) };
  };
  return new Map(destinations.map((destination) => [destination, of(destination)]));
}

/** The same local part on all other domains of the database. */
function others(address: string, { fallback, own }: Names): string[] {
  const local = withoutTag(address).slice(0, -fallback.length);
  return [...own].map((name) => `${local}${name}`);
}

const purposeAmong = (known: readonly Known[]): Known["purpose"] =>
  known.find(({ purpose }) => purpose)?.purpose ?? null;

/** Each once. */
const aliasesAmong = (known: readonly Known[]): AliasRecord[] => [
  ...new Map(known.flatMap(({ alias }) => (alias ? [[alias.address, alias] as const] : []))).values(),
];

const only = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined);

/** What an address is by the longest of its meanings that is anything. */
function byAddress(
  address: string,
  aliases: Aliases,
  purposeOf: (address: string) => Place["purpose"],
): Known | undefined {
  for (const meaning of meanings(address)) {
    const alias = aliases.get(meaning);
    if (alias) return { alias, purpose: null };
    const purpose = purposeOf(meaning);
    if (purpose !== null) return { alias: undefined, purpose };
  }
  return undefined;
}
