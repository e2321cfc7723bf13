import { dnsServers } from "@posthouse/aws/dns-servers";
import { resetTime } from "@posthouse/aws/reset-time";
import * as Domain from "@posthouse/core/address/domain";
import type { MachineOptions } from "./machine.ts";

/** The machine's options from the environment of `npm start`. @throws Error that names the variable at fault. */
export function options(env: Readonly<Record<string, string | undefined>>): MachineOptions {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const number = (name: string, otherwise: number, least = 0.1, most = 86_400): number => {
    const value = Number(text(name) ?? otherwise);
    if (!(value >= least && value <= most))
      throw new Error(`${name} is "${env[name]}": give a number from ${least} to ${most}.`);
    return value;
  };
  const operatorKey = text("POSTHOUSE_OPERATOR_KEY");
  if (operatorKey !== undefined && /\s/.test(operatorKey))
    throw new Error("POSTHOUSE_OPERATOR_KEY holds a blank: no client could send it.");
  return {
    data_dir: text("POSTHOUSE_DATA_DIR") ?? ".posthouse",
    port: whole("PORT", number("PORT", 3_000, 0, 65_535)),
    smtp_port: whole("POSTHOUSE_SMTP_PORT", number("POSTHOUSE_SMTP_PORT", 2_525, 0, 65_535)),
    host: text("POSTHOUSE_HOST") ?? "127.0.0.1",
    ...(operatorKey !== undefined && { operatorKey }),
    root_domain: domain("POSTHOUSE_ROOT_DOMAIN", text("POSTHOUSE_ROOT_DOMAIN") ?? "posthouse.test"),
    platform_smtp_url: relay("POSTHOUSE_PLATFORM_SMTP_URL", text("POSTHOUSE_PLATFORM_SMTP_URL")),
    public_url: text("POSTHOUSE_PUBLIC_URL") ?? null,
    private_smtp_hosts: yes("POSTHOUSE_PRIVATE_SMTP_HOSTS", text("POSTHOUSE_PRIVATE_SMTP_HOSTS") ?? "true"),
    dns_servers: dnsServers(text("POSTHOUSE_DNS_SERVERS")),
    reset_utc: resetTime(text("POSTHOUSE_RESET_UTC") ?? "23:00"),
    waits: {
      tick: number("POSTHOUSE_TICK_SECONDS", 5),
      recovery: number("POSTHOUSE_RECOVERY_SECONDS", 15),
      unknown: number("POSTHOUSE_UNKNOWN_SECONDS", 30),
      lease: number("POSTHOUSE_LEASE_SECONDS", 40),
    },
  };
}

function whole(name: string, value: number): number {
  if (!Number.isInteger(value)) throw new Error(`${name} is "${value}": give a whole number.`);
  return value;
}

/** The installation's own domain, as routing compares it. */
function domain(name: string, value: string): string {
  const ascii = Domain.toAscii(value);
  if (ascii === null || !Domain.isHost(ascii))
    throw new Error(`${name} is "${value}": give a domain of at least two labels, as mail.example.com.`);
  return ascii;
}

/** The URL is not shown: it may hold a password. */
function relay(name: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url?.hostname || !/^smtps?:$/.test(url.protocol))
    throw new Error(`${name} is no relay: give smtp://host:port or smtps://user:password@host:port.`);
  return value;
}

function yes(name: string, value: string): boolean {
  if (value !== "true" && value !== "false") throw new Error(`${name} is "${value}": give true or false.`);
  return value === "true";
}
