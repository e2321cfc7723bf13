/** Who can follow the links that begin with an installation's public URL. */
export type Reach = "everybody" | "machine" | "nobody";

/**
 * Who can follow links to that URL: everybody over https (RFC 8058 §3.1 takes nothing else), who sits at the machine over
 * http to itself, nobody where none are made.
 */
export function reachOf(url: string | null): Reach {
  const { protocol, hostname } = (url === null ? null : URL.parse(url)) ?? {};
  if (protocol === "https:") return "everybody";
  return protocol === "http:" && isLoopback(hostname ?? "") ? "machine" : "nobody";
}

/** Whether a host is the machine itself, as `URL` writes it (RFC 6761 §6.3, RFC 1122 §3.2.1.3). */
const isLoopback = (host: string): boolean => /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host);
