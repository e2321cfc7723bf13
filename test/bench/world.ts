import { createHash } from "node:crypto";
import { type Clients, createClients } from "@posthouse/aws/clients";
import { createPorts } from "@posthouse/aws/ports";
import { create } from "@posthouse/core/database/create";
import { run as provision } from "@posthouse/core/database/provision";
import { defaultPlans, type OperatorSettings } from "@posthouse/core/operator/settings";
import type { Ports } from "@posthouse/core/ports/main";
import { awsConfig } from "@posthouse/local/services";
import { startTestPorts, type TestOptions, type TestPorts } from "@posthouse/local/testing";

/** An embedded AWS with clients that can be looked at, and what is needed to call the API on it. */
export interface World {
  readonly env: TestPorts;
  readonly ports: Ports & { readonly operatorKey: string };
  readonly clients: Clients;
  /** Clients just like these, of their own. */
  moreClients(): Clients;
  close(): Promise<void>;
}

/** Where one database's mail is sent with. */
export interface Account {
  readonly id: string;
  /** API key with full access. */
  readonly key: string;
}

const handOverMs = 5_000;

/** The installation, where its services are not those of `startWorld`. */
export const operator: OperatorSettings = {
  root_domain: "posthouse.test",
  platform: "ses",
  platform_smtp_url: null,
  public_url: "http://localhost:3000",
  plans: defaultPlans,
  apps: {},
  reset_utc: "23:00",
  waits: { tick: 60, recovery: 900, unknown: 900, lease: 60 },
};

/** Starts it in a temporary directory on free ports: queues and objects in memory, DynamoDB and SES on disk. */
export async function startWorld(options: TestOptions = {}): Promise<World> {
  const env = await startTestPorts(options);
  const config = awsConfig(env.services, env.ports.operator, true);
  const all: Clients[] = [];
  const moreClients = (): Clients => {
    const clients = createClients(config, handOverMs);
    all.push(clients);
    return clients;
  };
  const clients = moreClients();
  const { clock, log } = env.ports;
  return {
    env,
    clients,
    moreClients,
    ports: { ...createPorts(config, { clients, clock, log }), operatorKey: "ph_op_bench" },
    async close() {
      for (const each of all) for (const client of Object.values(each)) client.destroy();
      await env.close();
    },
  };
}

/** Makes a provisioned database whose daily limit is never reached. */
export async function createAccount(ports: Ports, name: string): Promise<Account> {
  const { database, api_key } = await create(ports, { name, daily_limit: 1_000_000_000 });
  await provision(ports, [{ id: name, group: null, body: { database: database.id } }]);
  return { id: database.id, key: api_key };
}

/** A mail to one recipient whose body has about 3 KB compressed: nothing in the text can be compressed but base64. */
export const fixture = {
  from: "Mary <mary@example.com>",
  to: "customer@example.net",
  subject: "Your order of the 12th",
  text: noise(2_450),
} as const;

/** Base64 of `bytes` that look random and are always the same. */
function noise(bytes: number): string {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, n) => createHash("sha256").update(`${n}`).digest());
  return Buffer.concat(blocks).subarray(0, bytes).toString("base64");
}
