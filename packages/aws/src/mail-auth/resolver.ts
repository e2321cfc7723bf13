import { Resolver } from "node:dns/promises";

/** How mailauth asks the DNS; `type` as `TXT`, `A`. */
export type Resolve = (name: string, type: string) => Promise<string[][] | string[]>;

/** A resolver that is broken off all at once. */
export interface Bounded {
  readonly resolve: Resolve;
  close(): void;
}

/** Questions of one mail. SPF asks for 10 terms of up to 10 names each; signatures and DMARC for a few more. */
const most = 150;

const refusal = (message: string, code: string): Error => Object.assign(new Error(message), { code });

/**
 * A resolver whose questions all end after `timeout_ms`, as those that had no answer. Each asks the servers itself: no
 * hosts file, no search domains.
 */
export function createResolver(servers: readonly string[], timeout_ms: number): Bounded {
  const resolver = new Resolver({ timeout: Math.ceil(timeout_ms / 2), tries: 2, maxTimeout: timeout_ms });
  if (servers.length > 0) resolver.setServers(servers);
  const until = Date.now() + timeout_ms;
  let asked = 0;
  const timer = setTimeout(() => resolver.cancel(), timeout_ms);
  return {
    async resolve(name, type) {
      if (Date.now() >= until) throw refusal("the DNS took too long", "ETIMEOUT");
      if (++asked > most) throw refusal("the mail asks for too much of the DNS", "EREFUSED");
      return (await resolver.resolve(name, type)) as string[];
    },
    close() {
      clearTimeout(timer);
      resolver.cancel();
    },
  };
}
