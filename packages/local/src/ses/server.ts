import type { Dns } from "@posthouse/core/ports/dns";
import type { Account } from "./account.ts";
import { createApp } from "./app.ts";
import { createCollection } from "./collection.ts";
import type { ConfigurationSet } from "./configuration-set.ts";
import type { Ses } from "./context.ts";
import { type Control, createControl } from "./control.ts";
import * as Database from "./database.ts";
import type { Hook } from "./fault.ts";
import type { Identity } from "./identity.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { listen } from "./listen.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { createOutbox } from "./outbox.ts";
import { createPublisher } from "./publisher.ts";
import { createBucket } from "./rate.ts";
import type { Received } from "./received.ts";
import type { Suppression } from "./suppression.ts";
import { createSwitches } from "./switches.ts";
import type { Association, Tenant } from "./tenant.ts";

/** How the embedded SES starts. */
export interface SesOptions {
  /** Directory of its state, made when missing. */
  dir: string;
  /** False: what is committed need not outlive the loss of power (tests). @default true */
  durable?: boolean;
  /** @default any free port */
  port?: number;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
  /** Where events are published. */
  snsEndpoint: string;
  region: string;
  accountId: string;
  /** Sandbox account: verified recipients only, 1 a second, 200 in 24 hours. @default false */
  sandbox?: boolean;
  /** Recipients a second. @default not enforced */
  maxSendRate?: number;
  /** Recipients in 24 hours. @default not enforced */
  max24HourSend?: number;
  /** Where it looks up the records of domains. @default not at all: `control` ends the checks */
  dns?: Dns;
  /** Breaks SendEmail calls for tests. */
  hook?: Hook;
  /** Smaller quotas for tests. */
  limits?: Partial<Limits>;
}

/** A running embedded SES. */
export interface SesServer {
  url: string;
  mailbox: Mailbox;
  control: Control;
  /** Stops it, once; pending events are published after the next start. */
  close: () => Promise<void>;
}

/** Starts an endpoint of SES v2, and of v1's SendBounce, on 127.0.0.1 that the AWS SDK talks to unmodified. */
export async function startSes(options: SesOptions): Promise<SesServer> {
  const database = Database.open(options.dir, options.durable);
  const ses = createAccount(database, options);
  const publisher = createPublisher({ ...ses, snsEndpoint: options.snsEndpoint });
  ses.wake = () => publisher.wake();
  try {
    const server = await listen(createApp(ses), options.port);
    let closing: Promise<void> | undefined;
    const stop = async () => {
      await server.close();
      await publisher.close();
      database.sql.close();
    };
    const close = () => (closing ??= stop());
    return { url: server.url, mailbox: ses.mailbox, control: createControl(ses), close };
  } catch (error) {
    await publisher.close();
    database.sql.close();
    throw error;
  }
}

function createAccount(database: Database.Database, options: SesOptions): Ses {
  return {
    region: options.region,
    accountId: options.accountId,
    now: options.now ?? Date.now,
    limits: { ...LIMITS, ...options.limits },
    switches: createSwitches(options),
    dns: options.dns,
    hook: options.hook,
    transaction: database.transaction,
    commit: database.commit,
    account: createCollection<Account>(database, "account"),
    identities: createCollection<Identity>(database, "identity"),
    configurationSets: createCollection<ConfigurationSet>(database, "configuration-set"),
    tenants: createCollection<Tenant>(database, "tenant"),
    associations: createCollection<Association>(database, "association"),
    suppressions: createCollection<Suppression>(database, "suppression"),
    received: createCollection<Received>(database, "received"),
    mailbox: createMailbox(database),
    accepted: new Map(),
    outbox: createOutbox(database),
    sending: createBucket(),
    bouncing: createBucket(),
    wake: () => undefined,
  };
}
