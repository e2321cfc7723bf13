import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { clientOptions } from "@posthouse/aws/client-options";
import { systemClock } from "@posthouse/aws/clock";
import type { AwsConfig } from "@posthouse/aws/config";
import { createPorts } from "@posthouse/aws/ports";
import { defaultPlans, type OperatorSettings } from "@posthouse/core/operator/settings";
import type { Clock } from "@posthouse/core/ports/clock";
import type { Log, LogFields } from "@posthouse/core/ports/log";
import type { Ports } from "@posthouse/core/ports/main";
import type { Meter } from "./dynamodb/meter.ts";
import { inProcess } from "./dynamodb/request-handler.ts";
import { createJobs, type Jobs } from "./jobs.ts";
import { advanceQueues } from "./queue-clock.ts";
import { awsConfig, type Services, type ServicesOptions, startServices } from "./services.ts";

/** A line that was logged. */
export interface Line extends LogFields {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

/** What a test may want otherwise. */
export interface TestOptions {
  readonly operator?: Partial<OperatorSettings>;
  /** Ports that stand in for the real ones, e.g. a store that breaks between two writes. */
  readonly ports?: Partial<Ports>;
  readonly dynamodb?: ServicesOptions["dynamodb"];
  readonly ses?: ServicesOptions["ses"];
  /** Resolvers for the checks of domains, e.g. a test's own. @default none that answers */
  readonly dns_servers?: readonly string[];
  /** Where the clock starts, ms since 1970; it then goes on with real time. @default now */
  readonly start?: number;
}

/** Ports on an embedded AWS of their own. */
export interface TestPorts {
  readonly ports: Ports;
  /** Counts what DynamoDB was asked, in AWS's capacity units. */
  readonly meter: Meter;
  /** What waits in the queues; nothing takes it off but the test. */
  readonly jobs: Jobs;
  readonly ses: Services["ses"];
  readonly services: Services;
  /** All that was logged, oldest first. */
  readonly log: readonly Line[];
  /** Moves the clock on, for the ports, TTL, SES and delayed messages alike. */
  advance(ms: number): void;
  close(): Promise<void>;
}

/**
 * Starts an embedded AWS in a temporary directory, on free ports, and builds the ports on it as the functions do.
 * Nothing is global: any number may run side by side. Nothing polls: the test drives the functions.
 */
export async function startTestPorts(options: TestOptions = {}): Promise<TestPorts> {
  const dir = await mkdtemp(join(tmpdir(), "posthouse-"));
  let offset = options.start === undefined ? 0 : options.start - Date.now();
  const clock: Clock = { ...systemClock, now: () => Date.now() + offset };
  const operator = { ...settings, ...options.operator };
  const dns_servers = options.dns_servers ?? nowhere;
  const services = await startServices({
    dir,
    dns_servers,
    now: clock.now,
    root_domain: operator.root_domain,
    durable: false,
    ...(options.dynamodb && { dynamodb: options.dynamodb }),
    ...(options.ses && { ses: options.ses }),
  });
  const lines: Line[] = [];
  const config = { ...awsConfig(services, operator, true), dns_servers };
  const jobs = createJobs(services.fauxqs);
  return {
    ports: {
      ...createPorts(config, { clock, log: collect(lines), clients: clients(config, services) }),
      ...options.ports,
    },
    meter: services.dynamodb.meter,
    jobs,
    ses: services.ses,
    services,
    log: lines,
    advance(ms) {
      offset += ms;
      advanceQueues(services.fauxqs, ms);
    },
    async close() {
      jobs.close();
      await services.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Most of what a test does is to call DynamoDB: not over a socket, as all else. */
function clients(config: AwsConfig, { dynamodb }: Services) {
  const options = { ...clientOptions(config, "dynamodb"), ...inProcess(dynamodb) };
  return {
    dynamodb: new DynamoDBClient(options),
    dynamodbOnce: new DynamoDBClient({ ...options, maxAttempts: 1 }),
  };
}

/** A port nobody listens on: a test asks no resolver but its own. */
const nowhere = ["127.0.0.1:9"];

const settings: OperatorSettings = {
  root_domain: "posthouse.test",
  platform: "ses",
  platform_smtp_url: null,
  public_url: "http://localhost:3000",
  plans: defaultPlans,
  apps: {},
  reset_utc: "23:00",
  waits: { tick: 5, recovery: 15, unknown: 30, lease: 40 },
};

function collect(lines: Line[]): Log {
  const add =
    (level: Line["level"]) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, ...fields });
  return { info: add("info"), warn: add("warn"), error: add("error") };
}
