import type { Endpoints, FunctionSettings } from "@posthouse/local/environment";
import type { Start } from "./protocol.ts";

/** The installation's own domain. */
export const root = "posthouse.test";

/**
 * Waits in the product's time. An unknown outcome waits longer than the clock is moved on in one go while mail is under
 * way: events always come within the wait unless they are held on purpose, which is what G3 asks for.
 */
export const waits = { tick: 1, recovery: 15, unknown: 43_200, lease: 40 } as const;

/** When the day ends, UTC. */
export const reset_utc = "23:00";

/** Where the embedded services listen. */
export function endpoints({ ports, key_arn }: Start): Endpoints & { readonly queues: { readonly url: string } } {
  const at = (port: number) => ({ url: `http://127.0.0.1:${port}` });
  const queues = at(ports.queues);
  return {
    dynamodb: at(ports.dynamodb),
    fauxqs: queues,
    queues,
    ses: at(ports.ses),
    kms: { ...at(ports.kms), keyArn: key_arn },
  };
}

/** What the functions are told of the installation. */
export function settings({ operator_key, ports }: Start): FunctionSettings {
  return {
    operatorKey: operator_key,
    root_domain: root,
    platform_smtp_url: null,
    public_url: `http://127.0.0.1:${ports.api}`,
    private_smtp_hosts: true,
    // Nobody listens there: no look-up leaves the machine
    dns_servers: ["127.0.0.1:9"],
    reset_utc,
    waits,
  };
}
