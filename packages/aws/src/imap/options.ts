import type { Resolver } from "../smtp/resolve.ts";

/** How long to wait, in ms. */
export interface Timeouts {
  /** For DNS. */
  readonly resolve: number;
  /** For TCP, over all addresses. */
  readonly connect: number;
  /** For the greeting, and for TLS. */
  readonly greeting: number;
  /** Of silence, whatever is under way. */
  readonly silence: number;
}

export const timeouts: Timeouts = { resolve: 10_000, connect: 10_000, greeting: 10_000, silence: 20_000 };

export interface ImapOptions {
  /** Whether hosts in private networks may be used (G7). */
  readonly private_hosts: boolean;
  readonly dns?: Resolver;
  readonly timeouts?: Partial<Timeouts>;
  /** Certificate authorities (PEM) the strict modes trust beside the public ones. */
  readonly ca?: readonly string[];
}
