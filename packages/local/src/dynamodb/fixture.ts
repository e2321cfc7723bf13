/** A table in a directory of its own, for the tests of this folder. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDB, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import type { Probe } from "./database.ts";
import { type Dynamodb, type DynamodbOptions, startDynamodb } from "./endpoint.ts";

/** The table's name. */
export const TABLE = "Main";

/** Stops transactions in flight until they are let go on. */
export interface Gate {
  probe: Probe;
  /** Runs `meanwhile` while the transaction that `start` begins is in flight; returns what came of that. */
  during<T>(start: () => Promise<T>, meanwhile: () => Promise<void>): Promise<PromiseSettledResult<T>>;
}

/** Makes a gate that is open but for `during`. */
export function createGate(): Gate {
  let stop: (() => Promise<void>) | undefined;
  return {
    probe: (point) => (point === "in-flight" ? stop?.() : undefined),
    during: async (start, meanwhile) => {
      const [arrived, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      stop = () => {
        stop = undefined;
        arrived.resolve();
        return go.promise;
      };
      const ended = Promise.allSettled([start()]);
      await arrived.promise;
      await meanwhile().finally(go.resolve);
      return (await ended)[0];
    },
  };
}

/** A running endpoint with its clients. */
export interface Fixture {
  dir: string;
  dynamodb: Dynamodb;
  client: DynamoDB;
  doc: DynamoDBDocument;
  /** Stops, and starts again on the same data. */
  restart(options?: Partial<DynamodbOptions>): Promise<void>;
  close(): Promise<void>;
}

/** Clients of an endpoint; they try each call `maxAttempts` times. */
export function connect(endpoint: string, maxAttempts = 1): { client: DynamoDB; doc: DynamoDBDocument } {
  const credentials = { accessKeyId: "embedded", secretAccessKey: "embedded" };
  const client = new DynamoDB({ endpoint, region: "us-east-1", credentials, maxAttempts });
  return { client, doc: DynamoDBDocument.from(client) };
}

/** Starts an endpoint in a new directory, with the table `TABLE` and its index `due`. */
export async function createFixture(options: Partial<DynamodbOptions> = {}): Promise<Fixture> {
  const dir = await mkdtemp(join(tmpdir(), "dynamodb-"));
  const dynamodb = await startDynamodb({ dir, ...options });
  const fixture: Fixture = {
    ...{ dir, dynamodb, ...connect(dynamodb.url) },
    restart: async (changed = options) => {
      await stop(fixture);
      fixture.dynamodb = await startDynamodb({ dir, ...changed });
      Object.assign(fixture, connect(fixture.dynamodb.url));
    },
    close: async () => {
      await stop(fixture);
      await rm(dir, { recursive: true });
    },
  };
  await createTable(fixture.client);
  return fixture;
}

async function stop({ client, dynamodb }: Fixture): Promise<void> {
  client.destroy();
  await dynamodb.close();
}

/** Makes the table: string keys and the sparse index `due`. */
export async function createTable(client: DynamoDB): Promise<void> {
  const key = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ];
  await client.createTable({
    ...{ TableName: TABLE, BillingMode: "PAY_PER_REQUEST", KeySchema: key("pk", "sk") },
    AttributeDefinitions: ["pk", "sk", "due_pk", "due_sk"].map((AttributeName) => ({
      AttributeName,
      AttributeType: "S",
    })),
    GlobalSecondaryIndexes: [
      { IndexName: "due", KeySchema: key("due_pk", "due_sk"), Projection: { ProjectionType: "KEYS_ONLY" } },
    ],
  });
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.01, maxDelay: 0.1 }, { TableName: TABLE });
}

/** Everything a query or scan finds, over all its pages. */
export async function all(doc: DynamoDBDocument, index?: string): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await doc.scan({
      ...{ TableName: TABLE, ...(index ? { IndexName: index } : {}) },
      ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
    });
    found.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return found;
}
