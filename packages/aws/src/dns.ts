import { Resolver } from "node:dns/promises";
import { type Dns, DnsUnavailable } from "@posthouse/core/ports/dns";

/** How the DNS is asked. */
export interface DnsOptions {
  /** `address` or `address:port` of the resolvers. @default those of the system */
  readonly servers?: readonly string[];
  /** Of one try, in ms. @default 2500 */
  readonly timeout_ms?: number;
  /** @default 2 */
  readonly tries?: number;
}

/** The DNS port on Node's own resolver, which asks the servers itself: no hosts file, no search domains. */
export function createDns({ servers = [], timeout_ms = 2_500, tries = 2 }: DnsOptions = {}): Dns {
  const resolver = new Resolver({ timeout: timeout_ms, tries, maxTimeout: timeout_ms });
  if (servers.length > 0) resolver.setServers(servers);
  return {
    txt: async (name) => (await found(resolver.resolveTxt(name))).map((strings) => strings.join("")),
    cname: async (name) => (await found(resolver.resolveCname(name))).map(normal),
    mx: async (name) =>
      (await found(resolver.resolveMx(name)))
        .map(({ exchange, priority }) => ({ exchange: normal(exchange), priority }))
        .toSorted((a, b) => a.priority - b.priority),
    addresses: async (name) =>
      (await Promise.all([found(resolver.resolve4(name)), found(resolver.resolve6(name))])).flat(),
  };
}

const normal = (name: string): string => name.toLowerCase().replace(/\.$/, "");

const nothing = new Set(["ENODATA", "ENOTFOUND"]);

/** Nothing there is an answer; anything else that is no answer says nothing on what is published. */
async function found<T>(call: Promise<T[]>): Promise<T[]> {
  try {
    return await call;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && nothing.has(code)) return [];
    throw new DnsUnavailable(`no answer from the DNS (${code ?? "unknown"})`, { cause: error });
  }
}
