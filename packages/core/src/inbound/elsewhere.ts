import { domainOf } from "../address/address.ts";
import type { Ports } from "../ports/main.ts";
import type { Copy, Home } from "./copy.ts";
import type { Destination } from "./destination.ts";
import { recognise } from "./recognise.ts";

/** Addresses of To and Cc that are looked up. */
const most = 10;

/**
 * Whether the header names an alias on the other side of SES's two receipt rules (default domains, and domains of customers):
 * of a mail for both, each rule tells its own recipients, so it has arrived by the other notification (R-IN-2).
 */
export async function isTaken(
  ports: Pick<Ports, "store" | "clock">,
  { version, receipt, mail: { to, cc } }: Copy,
  home: Home,
  places: readonly Destination[],
): Promise<boolean> {
  if (receipt.source !== undefined) return false;
  const { fallback, own } = home.names;
  const here = new Set(places.map(({ envelope }) => domainOf(envelope) === fallback));
  const isThere = (domain: string) => (domain === fallback ? !here.has(true) : own.has(domain) && !here.has(false));
  const named = [...to, ...cc].map(({ address }) => address).filter((address) => isThere(domainOf(address)));
  const others = [...new Set(named)].slice(0, most).map(plain);
  if (others.length === 0) return false;
  return [...(await recognise(ports, version.id, home, others)).values()].some(({ alias }) => alias !== undefined);
}

const plain = (address: string): Destination => ({
  recipient: address,
  key: address,
  envelope: address,
  addresses: [address],
  named: [],
});
