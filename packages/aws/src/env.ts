import { reachOf } from "@posthouse/core/operator/public-url";
import { defaultPlans, defaultWaits, type OperatorSettings, type Waits } from "@posthouse/core/operator/settings";
import { Resource } from "sst";
import type { AwsConfig, Resources } from "./config.ts";
import { dnsServers } from "./dns-servers.ts";
import { headerOf } from "./origin.ts";
import { resetTime } from "./reset-time.ts";

/** The one file that reads linked resources and the environment; everything else is told. All of it lazily. */

/** The key of the operator: POST /v1/databases and any database. */
export const operatorKey = (): string => linked<{ value: string }>("OperatorKey").value;

/** All that the ports are built from. @throws Error that names the resource or variable at fault. */
export function config(): AwsConfig {
  return {
    resources: resources(),
    operator: operator(),
    own: `posthouse-${linked<{ stage: string }>("App").stage}`,
    receives: text("POSTHOUSE_RECEIVES") !== "false",
    private_smtp_hosts: flag("POSTHOUSE_PRIVATE_SMTP_HOSTS"),
    dns_servers: dnsServers(text("POSTHOUSE_DNS_SERVERS")),
    ...(isOnLambda() && {
      tracing: { header: () => text("_X_AMZN_TRACE_ID"), origin: headerOf, daemon: text("AWS_XRAY_DAEMON_ADDRESS") },
    }),
  };
}

/** The stage this is deployed as; undefined where it is not on Lambda. */
export const deployedStage = (): string | undefined =>
  isOnLambda() ? linked<{ stage: string }>("App").stage : undefined;

const isOnLambda = (): boolean => text("AWS_LAMBDA_FUNCTION_NAME") !== undefined;

function resources(): Resources {
  const url = (name: string): string => linked<{ url: string }>(name).url;
  return {
    table: linked<{ name: string }>("Table").name,
    bodies: linked<{ name: string }>("Bodies").name,
    queues: {
      dispatch: url("DispatchQueue"),
      mass: url("MassQueue"),
      external: url("ExternalQueue"),
      provision: url("ProvisionQueue"),
      webhook: url("WebhookQueue"),
      incoming: url("IncomingQueue"),
    },
    told: { feedback: url("FeedbackQueue"), inbound: url("InboundQueue") },
    events_topic: linked<{ arn: string }>("EventsTopic").arn,
    vault_key: linked<{ arn: string }>("VaultKey").arn,
  };
}

function operator(): OperatorSettings {
  const relay = platformRelay();
  return {
    root_domain: required("POSTHOUSE_ROOT_DOMAIN"),
    platform: relay === undefined ? "ses" : "smtp",
    platform_smtp_url: relay ?? null,
    public_url: origin("POSTHOUSE_PUBLIC_URL"),
    plans: defaultPlans,
    apps: {},
    reset_utc: resetTime(text("POSTHOUSE_RESET_UTC") ?? "23:00"),
    waits: waits(),
  };
}

/** The relay that is the platform in place of SES: a secret, as it may hold a password. `none` = SES. */
function platformRelay(): string | undefined {
  const given = linked<{ value: string }>("PlatformSmtpUrl").value.trim();
  if (given === "" || given === "none") return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.hostname && /^smtps?:$/.test(url.protocol)) return given;
  throw new Error(
    "The secret PlatformSmtpUrl is no relay: set it to smtps://user:password@host:port, or to none for SES.",
  );
}

function waits(): Waits {
  return {
    tick: seconds("POSTHOUSE_TICK_SECONDS", defaultWaits.tick),
    recovery: seconds("POSTHOUSE_RECOVERY_SECONDS", defaultWaits.recovery),
    unknown: seconds("POSTHOUSE_UNKNOWN_SECONDS", defaultWaits.unknown),
    lease: seconds("POSTHOUSE_LEASE_SECONDS", defaultWaits.lease),
  };
}

function seconds(name: string, otherwise: number): number {
  const given = text(name);
  const value = given === undefined ? otherwise : Number(given);
  if (!Number.isFinite(value) || value <= 0)
    throw new Error(`${name} is "${given}": give a number of seconds greater than 0.`);
  return value;
}

/** A URL without the slash at its end: https, for links in mail begin so (R-KIND-3), or http to the machine itself. */
function origin(name: string): string | null {
  const given = text(name);
  if (given === undefined) return null;
  if (reachOf(given) !== "nobody") return given.replace(/\/+$/, "");
  throw new Error(`${name} is "${given}": give an https URL as https://mail.example.com; http only to localhost.`);
}

const flag = (name: string): boolean => text(name) === "true";

function required(name: string): string {
  const given = text(name);
  if (given === undefined) throw new Error(`${name} is not set: set it in the environment of the function.`);
  return given;
}

function text(name: string): string | undefined {
  const given = process.env[name]?.trim();
  return given === "" ? undefined : given;
}

/** A linked resource; SST's proxy throws where it is not linked, and says its name. */
const linked = <T>(name: string): T => (Resource as unknown as Record<string, T>)[name] as T;
