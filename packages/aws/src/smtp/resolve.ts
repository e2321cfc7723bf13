import { Resolver as Direct, lookup } from "node:dns/promises";
import { SmtpUnavailable } from "@posthouse/core/ports/mailer";
import * as Guard from "./guard.ts";

/** All addresses of a host name, both families. Rejects with an error of the DNS, which has a `code`. */
export type Resolver = (host: string) => Promise<readonly string[]>;

/** The system's resolver: hosts file and search domains included, so that names of a private network work. */
export const systemResolver: Resolver = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Asks the name servers themselves, the system's or those given: names of the internet alone. The system's resolver has
 * four threads for all there is to look up, and whoever has four names whose servers hang has them all.
 * @param servers `address` or `address:port`; none: the system's
 */
export function directResolver(servers: readonly string[] = []): Resolver {
  const direct = new Direct({ timeout: 2_500, tries: 2, maxTimeout: 2_500 });
  if (servers.length > 0) direct.setServers(servers);
  return async (host) => {
    const asked = await Promise.allSettled([direct.resolve4(host), direct.resolve6(host)]);
    const found = asked.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
    if (found.length > 0) return found;
    const errors = asked.flatMap((each) => (each.status === "rejected" ? [each.reason as NodeJS.ErrnoException] : []));
    // That one family has no address says less than that the other got no answer
    throw errors.find(({ code }) => code === timedOut) ?? errors[0] ?? new Error("no address");
  };
}

/** The code of an error of the DNS where there was no answer. */
const timedOut = "ETIMEOUT";

/** The look-up of a host had no answer in time. */
export class LookupTimeout extends SmtpUnavailable {}

/**
 * The addresses of a host, every one of them checked (G7): one private address among them refuses the host, since a
 * name that leads to both is how such guards are passed by. Connect to these addresses only: asking again may give others.
 * @param host a name, or an IP literal with or without brackets
 * @param port what is to be connected to
 * @throws SmtpUnavailable
 */
export async function resolve(
  host: string,
  { private_hosts, port, dns, timeout }: { private_hosts: boolean; port?: number; dns: Resolver; timeout: number },
): Promise<readonly string[]> {
  const addresses = await Promise.race([dns(host), late(timeout)]).catch((error: NodeJS.ErrnoException) => {
    const Failure = error.code === timedOut ? LookupTimeout : SmtpUnavailable;
    throw new Failure("connection", `host ${host} not found (${error.code ?? error.message})`, "host_not_found");
  });
  if (addresses.length === 0) throw new SmtpUnavailable("connection", `host ${host} has no address`, "host_not_found");
  for (const address of addresses) {
    const why = Guard.refusal(address, { private_hosts, ...(port !== undefined && { port }) });
    if (why !== null)
      throw new SmtpUnavailable("connection", `${host} leads to an address that ${why}: use a public host`, "refused");
  }
  return addresses;
}

function late(ms: number): Promise<never> {
  const error = Object.assign(new Error("no answer from DNS"), { code: timedOut });
  return new Promise((_, reject) => setTimeout(() => reject(error), ms).unref());
}
