import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import type { Index } from "@posthouse/core/ports/store";
import { region } from "./fauxqs.ts";
import { credentials, table as TableName } from "./resources.ts";

/** The attribute by which items end. */
export const expiry = "expires_at";

const indexes: readonly Index[] = ["due", "list", "mark", "recipient"];

/** Makes the one table as the cloud has it: key, four sparse indexes of keys only, TTL. What is there is kept. */
export async function createTable(endpoint: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region, credentials });
  try {
    await client.send(new CreateTableCommand(definition)).catch(unless("ResourceInUseException"));
    await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.2 }, { TableName });
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    if (TimeToLiveDescription?.TimeToLiveStatus === "ENABLED") return;
    const TimeToLiveSpecification = { Enabled: true, AttributeName: expiry };
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  } finally {
    client.destroy();
  }
}

const keys = (pk: string, sk: string) => [
  { AttributeName: pk, KeyType: "HASH" as const },
  { AttributeName: sk, KeyType: "RANGE" as const },
];

const index = (name: Index): GlobalSecondaryIndex => ({
  IndexName: name,
  KeySchema: keys(`${name}_pk`, `${name}_sk`),
  Projection: { ProjectionType: "KEYS_ONLY" },
});

/** What the table is made of; `test/infra` holds the one on AWS against it. */
export const definition = {
  TableName,
  BillingMode: "PAY_PER_REQUEST" as const,
  KeySchema: keys("pk", "sk"),
  AttributeDefinitions: ["pk", "sk", ...indexes.flatMap((name) => [`${name}_pk`, `${name}_sk`])].map(
    (AttributeName) => ({ AttributeName, AttributeType: "S" as const }),
  ),
  GlobalSecondaryIndexes: indexes.map(index),
};

const unless = (name: string) => (error: unknown) => {
  if (!(error instanceof Error) || error.name !== name) throw error;
};
