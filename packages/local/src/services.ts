import { join } from "node:path";
import type { AwsConfig } from "@posthouse/aws/config";
import { createDns } from "@posthouse/aws/dns";
import type { OperatorSettings } from "@posthouse/core/operator/settings";
import { type Dynamodb, type DynamodbOptions, startDynamodb } from "./dynamodb/endpoint.ts";
import { account, type Fauxqs, region, startFauxqs } from "./fauxqs.ts";
import { startKms } from "./kms/server.ts";
import { bucket, createResources, credentials, own, queueUrl, table, topicArn } from "./resources.ts";
import { type SesOptions, type SesServer, startSes } from "./ses/server.ts";
import { createTable } from "./table.ts";

/** How the embedded AWS starts. */
export interface ServicesOptions {
  /** Where everything is kept; made when missing. */
  readonly dir: string;
  /** The time in ms, for TTL and for SES. */
  readonly now: () => number;
  /** Verified at SES from the start: the installation's own domain. */
  readonly root_domain: string;
  /** Where the embedded SES looks up the records of domains. @default the system's resolvers */
  readonly dns_servers?: readonly string[];
  /** False: queues and objects live as long as the process, and nothing waits for the disk (tests). @default true */
  readonly durable?: boolean;
  readonly dynamodb?: Pick<DynamodbOptions, "fault" | "transactionMs">;
  readonly ses?: Pick<SesOptions, "sandbox" | "maxSendRate" | "max24HourSend" | "hook">;
}

/** The embedded AWS: each service an HTTP endpoint on a free port of 127.0.0.1, with the resources made. */
export interface Services {
  readonly dynamodb: Dynamodb;
  readonly fauxqs: Fauxqs;
  readonly ses: SesServer;
  readonly kms: Awaited<ReturnType<typeof startKms>>;
  /** Stops all, in the order that leaves nobody without whom it calls. */
  close(): Promise<void>;
}

/** Starts all services; when one fails, those that run are stopped again. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { dir, now, root_domain, durable = true } = options;
  const running: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const service of running.toReversed()) await service.close();
  };
  const started = async <T extends { close(): Promise<void> }>(service: Promise<T>): Promise<T> => {
    const one = await service;
    running.push(one);
    return one;
  };
  try {
    const dynamodb = await started(startDynamodb({ dir: join(dir, "dynamodb"), now, ...options.dynamodb }));
    const fauxqs = await started(startFauxqs(durable ? { dir: join(dir, "sqs-sns-s3") } : {}));
    const kms = await started(startKms({ dir: join(dir, "kms") }));
    createResources(fauxqs);
    await createTable(dynamodb.url);
    const place = { region, accountId: account, snsEndpoint: fauxqs.url };
    const dns = createDns({ servers: options.dns_servers ?? [] });
    const ses = await started(startSes({ dir: join(dir, "ses"), durable, now, dns, ...place, ...options.ses }));
    ses.control.verify(root_domain);
    return { dynamodb, fauxqs, ses, kms, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What builds the ports on these services. */
export function awsConfig(services: Services, operator: OperatorSettings, private_smtp_hosts: boolean): AwsConfig {
  const { dynamodb, fauxqs, ses, kms } = services;
  const url = (queue: Parameters<typeof queueUrl>[1]) => queueUrl(fauxqs, queue);
  return {
    region,
    credentials,
    endpoints: { dynamodb: dynamodb.url, sqs: fauxqs.url, s3: fauxqs.url, kms: kms.url, ses: ses.url, sns: fauxqs.url },
    resources: {
      table,
      bodies: bucket,
      queues: {
        dispatch: url("dispatch"),
        mass: url("mass"),
        external: url("external"),
        provision: url("provision"),
        webhook: url("webhook"),
        incoming: url("incoming"),
      },
      told: { feedback: url("feedback"), inbound: url("inbound") },
      events_topic: topicArn,
      vault_key: kms.keyArn,
    },
    operator,
    own,
    private_smtp_hosts,
  };
}
