import type { Resolver } from "./resolve.ts";

/** How long to wait, in ms. None is over 30 s: a Lambda waits at the expense of other mail. */
export interface Timeouts {
  /** For DNS. */
  readonly resolve: number;
  /** For TCP, over all addresses. */
  readonly connect: number;
  /** For any one reply. */
  readonly reply: number;
  /** For `open` as a whole: a server that answers one byte at a time never lets the others pass. */
  readonly open: number;
  /** For one message as a whole. */
  readonly message: number;
  /** For each part of a connection test. */
  readonly probe: number;
  /** For a connection test as a whole: somebody waits for its answer, behind a gateway that waits 30 s. */
  readonly probes: number;
}

export const timeouts: Timeouts = {
  resolve: 10_000,
  connect: 10_000,
  reply: 30_000,
  open: 30_000,
  message: 30_000,
  probe: 5_000,
  probes: 20_000,
};

export interface SmtpOptions {
  /** Whether hosts in private networks may be used (G7). */
  readonly private_hosts: boolean;
  /** Our name in EHLO (RFC 5321 §4.1.4). Default: this machine's. */
  readonly name?: string;
  readonly dns?: Resolver;
  readonly timeouts?: Partial<Timeouts>;
  /** Certificate authorities (PEM) the strict modes trust beside the public ones. */
  readonly ca?: readonly string[];
}
