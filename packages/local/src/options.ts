import { resetTime } from "@posthouse/aws/reset-time";
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
  return {
    data_dir: text("POSTHOUSE_DATA_DIR") ?? ".posthouse",
    port: number("PORT", 3_000, 0, 65_535),
    host: text("HOST") ?? "127.0.0.1",
    ...(operatorKey !== undefined && { operatorKey }),
    root_domain: text("POSTHOUSE_ROOT_DOMAIN") ?? "posthouse.test",
    platform_smtp_url: text("POSTHOUSE_PLATFORM_SMTP_URL") ?? null,
    private_smtp_hosts: (text("POSTHOUSE_PRIVATE_SMTP_HOSTS") ?? "true") === "true",
    reset_utc: resetTime(text("POSTHOUSE_RESET_UTC") ?? "23:00"),
    waits: {
      tick: number("POSTHOUSE_TICK_SECONDS", 5),
      recovery: number("POSTHOUSE_RECOVERY_SECONDS", 15),
      unknown: number("POSTHOUSE_UNKNOWN_SECONDS", 30),
      lease: number("POSTHOUSE_LEASE_SECONDS", 40),
    },
  };
}
