import type { Imap } from "@posthouse/core/ports/imap";
import type { AwsConfig } from "../config.ts";
import { directResolver, systemResolver } from "../smtp/resolve.ts";
import type { ImapOptions } from "./options.ts";
import { probe } from "./probe.ts";
import { open } from "./session.ts";

/** The IMAP port; it may reach private networks where SMTP servers may be there. */
export const openImap = ({ private_smtp_hosts, dns_servers }: AwsConfig): Imap =>
  createImap({
    private_hosts: private_smtp_hosts,
    // Names of a private network are the system's to know
    dns: private_smtp_hosts ? systemResolver : directResolver(dns_servers),
  });

/** The IMAP port on connections of its own making, so that it connects to the very addresses that were checked (G7). */
export const createImap = (options: ImapOptions): Imap => ({
  open: (endpoint, within) => open(endpoint, options, within),
  probe: (endpoint, within) => probe(endpoint, options, within),
});
