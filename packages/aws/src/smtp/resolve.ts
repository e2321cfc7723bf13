import { lookup } from "node:dns/promises";
import { SmtpUnavailable } from "@posthouse/core/ports/mailer";
import * as Guard from "./guard.ts";

/** All addresses of a host name, both families. Rejects as `dns.lookup` does. */
export type Resolver = (host: string) => Promise<readonly string[]>;

/** The system's resolver: hosts file and search domains included, so that names of a private network work. */
export const systemResolver: Resolver = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

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
    throw new SmtpUnavailable(
      "connection",
      `host ${host} not found (${error.code ?? error.message})`,
      "host_not_found",
    );
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
  const error = Object.assign(new Error("no answer from DNS"), { code: "ETIMEOUT" });
  return new Promise((_, reject) => setTimeout(() => reject(error), ms).unref());
}
