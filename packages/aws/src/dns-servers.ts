import { isIP } from "node:net";

/** Checks a list as `POSTHOUSE_DNS_SERVERS` has it: comma-separated `address` or `address:port`. @throws Error */
export function dnsServers(text: string | undefined): string[] {
  const servers = (text ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  for (const server of servers) {
    const [, host = server, port = "53"] = /^\[?(.+?)\]?(?::(\d+))?$/.exec(isIP(server) ? `[${server}]` : server) ?? [];
    if (!isIP(host) || Number(port) < 1 || Number(port) > 65_535)
      throw new Error(`POSTHOUSE_DNS_SERVERS has "${server}": give IP addresses, each with a port if it is not 53.`);
  }
  return servers;
}
