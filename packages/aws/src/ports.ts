import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { tallying } from "@posthouse/core/metric/tally";
import type { Blobs } from "@posthouse/core/ports/blobs";
import type { Bouncer } from "@posthouse/core/ports/bouncer";
import type { Clock } from "@posthouse/core/ports/clock";
import type { Dns } from "@posthouse/core/ports/dns";
import type { Http } from "@posthouse/core/ports/http";
import type { Imap } from "@posthouse/core/ports/imap";
import type { Inspector } from "@posthouse/core/ports/inspector";
import type { Log } from "@posthouse/core/ports/log";
import type { MailAuth } from "@posthouse/core/ports/mail-auth";
import type { SesMailer, SmtpMailer } from "@posthouse/core/ports/mailer";
import type { Ports } from "@posthouse/core/ports/main";
import type { Metrics } from "@posthouse/core/ports/metrics";
import type { Provider } from "@posthouse/core/ports/provider";
import type { Queue } from "@posthouse/core/ports/queue";
import type { Random } from "@posthouse/core/ports/random";
import type { Store } from "@posthouse/core/ports/store";
import type { Vault } from "@posthouse/core/ports/vault";
import { announcing } from "@posthouse/core/webhook/announce";
import { clientOptions } from "./client-options.ts";
import type { Clients } from "./clients.ts";
import { clock as systemClock } from "./clock.ts";
import type { AwsConfig } from "./config.ts";
import { deferred } from "./deferred.ts";
import { createLog } from "./log/log.ts";
import { metrics as processMetrics } from "./metrics.ts";
import { createQueue } from "./queue.ts";
import { random as systemRandom } from "./random.ts";
import { createStore } from "./store/store.ts";
import { sampled } from "./trace.ts";

/** What an installation may want otherwise: tests tell their own time, and look at what clients send. */
export interface Surroundings {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  readonly metrics?: Metrics;
  /** Those that are given stand in for the ports' own. */
  readonly clients?: Partial<Clients>;
}

/**
 * All ports on AWS, built alike for the functions and for tests; nothing is read from outside `config`. Clients are
 * made once: those of store and queue at once, as every function uses them, the others when they are first called.
 */
export function createPorts(config: AwsConfig, surroundings: Surroundings = {}): Ports {
  const { clock = systemClock, random = systemRandom, log = createLog(), clients } = surroundings;
  const { metrics = processMetrics } = surroundings;
  const queues = queue(config, clients);
  return {
    store: announcing(tallying(store(config, clock, random, clients), metrics), { queue: queues, log }),
    queue: queues,
    blobs: deferred<Blobs>({ put: true, get: true, delete: true, list: true, link: true }, async () =>
      (await import("./blobs.ts")).openBlobs(config, clients?.s3),
    ),
    vault: deferred<Vault>({ seal: true, open: true }, async () =>
      (await import("./vault/vault.ts")).openVault(config, { clock, random }, clients?.kms),
    ),
    ...carriers(config, clients),
    dns: deferred<Dns>({ txt: true, cname: true, mx: true, addresses: true }, async () =>
      (await import("./dns.ts")).createDns({ servers: config.dns_servers ?? [] }),
    ),
    mailAuth: deferred<MailAuth>({ verify: true }, async () =>
      (await import("./mail-auth/mail-auth.ts")).createMailAuth({ servers: config.dns_servers ?? [] }),
    ),
    http: deferred<Http>({ refusal: true, request: true }, async () => (await import("./http.ts")).openHttp(config)),
    inspector: deferred<Inspector>(inspectorMethods, async () =>
      (await import("./doctor/inspector.ts")).openInspector(config),
    ),
    imap: deferred<Imap>({ open: true, probe: true }, async () => (await import("./imap/imap.ts")).openImap(config)),
    clock,
    random,
    log,
    metrics,
    operator: config.operator,
  };
}

const providerMethods = {
  createTenant: true,
  createConfigurationSet: true,
  setTracking: true,
  associate: true,
  dissociate: true,
  createIdentity: true,
  identity: true,
  restartDkim: true,
  removeIdentity: true,
  removeConfigurationSet: true,
  removeTenant: true,
  status: true,
  switchTenant: true,
  reputation: true,
  sendRate: true,
} as const;

const inspectorMethods = {
  place: true,
  account: true,
  identity: true,
  destinations: true,
  subscriptions: true,
  queue: true,
  table: true,
  rules: true,
} as const;

/** What brings mail on its way; only dispatch, provisioning and automatic answers ever load it. */
function carriers(config: AwsConfig, clients?: Partial<Clients>): Pick<Ports, "ses" | "smtp" | "provider" | "bouncer"> {
  return {
    ses: deferred<SesMailer>({ send: true }, async () =>
      (await import("./mailers.ts")).openSes(config, clients?.sesSend),
    ),
    smtp: deferred<SmtpMailer>({ open: true, probe: true }, async () =>
      (await import("./mailers.ts")).openSmtp(config),
    ),
    provider: deferred<Provider>(providerMethods, async () =>
      (await import("./provider.ts")).openProvider(config, clients?.ses),
    ),
    bouncer: deferred<Bouncer>({ bounce: true }, async () => (await import("./ses/bouncer.ts")).openBouncer(config)),
  };
}

function store(config: AwsConfig, clock: Clock, random: Random, clients?: Partial<Clients>): Store {
  const options = clientOptions(config, "dynamodb");
  const client = clients?.dynamodb ?? new DynamoDBClient(options);
  const writer = clients?.dynamodbOnce ?? new DynamoDBClient({ ...options, maxAttempts: 1 });
  return createStore({ table: config.resources.table, client, writer, clock, random });
}

function queue(config: AwsConfig, clients?: Partial<Clients>): Queue {
  // The embedded queues' URLs have a host of their own: what counts is the endpoint, as everywhere else.
  const options = { ...clientOptions(config, "sqs"), useQueueUrlAsEndpoint: false };
  const { tracing } = config;
  return createQueue(
    clients?.sqs ?? new SQSClient(options),
    config.resources.queues,
    tracing && (() => sampled(tracing)),
  );
}
