/** SRS0=hash=time=domain=local, and SRS1=hash=forwarder==hash=time=domain=local; the first separator may be + or -. */
const first = /^srs0[=+-][^=]{1,20}=[^=]{1,10}=([^=@]{1,253})=([^@]{1,64})@/i;
const second = /^srs1[=+-][^=]{1,20}=[^=@]{1,253}=[=+-][^=]{1,20}=[^=]{1,10}=([^=@]{1,253})=([^@]{1,64})@/i;

/**
 * The reverse-path a mail had before forwarders rewrote it (Sender Rewriting Scheme), so that SPF passes there; any
 * other as it is. Nobody can check their hashes but they: it is for showing and counting, not for answering.
 */
export function original(address: string): string {
  const [, domain, local] = first.exec(address) ?? second.exec(address) ?? [];
  return domain === undefined || local === undefined ? address : `${local}@${domain}`;
}
