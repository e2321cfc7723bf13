/** The DNS port: what is published at a name right now, as the installation's resolver answers. */

/** An MX record; a null MX (RFC 7505) has the empty exchange. Names in lower case, without the final dot. */
export interface Mx {
  readonly exchange: string;
  readonly priority: number;
}

/** No result: SERVFAIL, a refusal or silence. It says nothing on what is published. */
export class DnsUnavailable extends Error {
  override readonly name = "DnsUnavailable";
}

/**
 * Look-ups by absolute name. Each answers an empty list where there is nothing (NXDOMAIN, or no such record), and gives
 * up within a few seconds.
 * @throws DnsUnavailable
 */
export interface Dns {
  /** The strings of each TXT record joined (RFC 7208 §3.3). */
  txt(name: string): Promise<readonly string[]>;
  cname(name: string): Promise<readonly string[]>;
  mx(name: string): Promise<readonly Mx[]>;
  /** IPv4 and IPv6. */
  addresses(name: string): Promise<readonly string[]>;
}
