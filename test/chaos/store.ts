import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, paginateQuery, paginateScan } from "@aws-sdk/lib-dynamodb";
import { shards } from "@posthouse/core/email/due";
import { region } from "@posthouse/local/fauxqs";
import { credentials, table as TableName } from "@posthouse/local/resources";

/** An item as DynamoDB has it. */
export type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

/** The table, looked at past the product. */
export interface StoreView {
  /** Every item, read strongly. */
  all(): Promise<Item[]>;
  /** When mail, or a webhook of it, is due next, in ms; undefined when none waits. */
  nextDue(): Promise<number | undefined>;
  close(): void;
}

/** Due items that belong to mail, and to what webhooks are told of it. */
const ofMail = ["MAIL#", "LINE#", "BATCH#", "EVENT#", "HOOK#"];

/** How long the store may give no answer, in ms: it is killed and started again, and the suite is not what is tested. */
const patience_ms = 120_000;

async function patiently<T>(read: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + patience_ms; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    try {
      return await read();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

export function openStore(endpoint: string): StoreView {
  const view = look(endpoint);
  return { ...view, all: () => patiently(view.all), nextDue: () => patiently(view.nextDue) };
}

function look(endpoint: string): StoreView {
  const client = new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 8 });
  const documents = { client: DynamoDBDocumentClient.from(client) };
  return {
    async all() {
      const items: Item[] = [];
      for await (const page of paginateScan(documents, { TableName, ConsistentRead: true }))
        items.push(...((page.Items ?? []) as Item[]));
      return items;
    },
    async nextDue() {
      const times: string[] = [];
      for (let shard = 0; shard < shards; shard++) {
        const query = {
          TableName,
          IndexName: "due",
          KeyConditionExpression: "due_pk = :pk",
          ExpressionAttributeValues: { ":pk": `DUE#${shard}` },
        };
        for await (const page of paginateQuery(documents, query)) {
          const first = ((page.Items ?? []) as Item[]).find(({ pk }) => ofMail.some((prefix) => pk.startsWith(prefix)));
          if (!first) continue;
          times.push(String(first["due_sk"]).slice(0, 24));
          break;
        }
      }
      const [earliest] = times.toSorted();
      return earliest === undefined ? undefined : Date.parse(earliest);
    },
    close: () => client.destroy(),
  };
}
