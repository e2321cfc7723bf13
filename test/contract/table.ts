/** The table of the product, and helpers every part of the store contract uses. */
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";

/** Name of the table the contract runs on. */
export const TABLE = "Contract";

/** The sparse indexes of the table: each has the keys `<name>_pk` and `<name>_sk`. */
export const INDEXES = ["due", "list", "mark", "recipient"];

/** What the suites work with: the bare client, and the document client on it. */
export interface Store {
  client: DynamoDB;
  doc: DynamoDBDocument;
}

/** Connects to a store; credentials are never checked by an embedded one. */
export function connect(endpoint: string): Store {
  const client = new DynamoDB({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "embedded", secretAccessKey: "embedded" },
  });
  return { client, doc: DynamoDBDocument.from(client) };
}

/** Makes the table as the product's infrastructure does: string keys, KEYS_ONLY indexes, on demand. */
export async function createTable(client: DynamoDB, TableName = TABLE): Promise<void> {
  const keys = ["pk", "sk", ...INDEXES.flatMap((name) => [`${name}_pk`, `${name}_sk`])];
  await client.createTable({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: keySchema("pk", "sk"),
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    GlobalSecondaryIndexes: INDEXES.map((IndexName) => ({
      IndexName,
      KeySchema: keySchema(`${IndexName}_pk`, `${IndexName}_sk`),
      Projection: { ProjectionType: "KEYS_ONLY" },
    })),
  });
}

function keySchema(hash: string, range: string) {
  return [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ];
}

let counter = 0;

/** A partition key no other test uses. */
export function fresh(): string {
  counter += 1;
  return `TEST#${counter}`;
}

/** The error of a call that has to fail, with what DynamoDB's exceptions carry. */
export async function failure(work: Promise<unknown>): Promise<Failure> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome as Failure;
  throw new Error("the call was expected to fail, and succeeded");
}

/** DynamoDB's exceptions as the SDK throws them. */
export interface Failure extends Error {
  Item?: Record<string, unknown>;
  CancellationReasons?: { Code?: string; Message?: string; Item?: Record<string, unknown> }[];
}

/** Codes of a cancelled transaction, by position. */
export function codes(error: Failure): (string | undefined)[] | undefined {
  return error.CancellationReasons?.map(({ Code }) => Code);
}
