import { BatchGetCommand, type BatchGetCommandOutput, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type Item, type Key, StoreBusy } from "@posthouse/core/ports/store";
import { type Patience, retry } from "@posthouse/core/retry";
import { translated } from "./error.ts";
import type { StoreNeeds } from "./store.ts";

/** BatchGetItem takes so many keys. */
const most = 100;

/** Growing pauses, as AWS wishes, while the table answers nothing. */
const patience: Patience = { tries: 8, base_ms: 25, longest_ms: 800, within_ms: 5_000 };

type Waiting = NonNullable<BatchGetCommandOutput["UnprocessedKeys"]>;

/**
 * Items by key, hundreds side by side; a key named twice is read once.
 * @throws StoreBusy when the table did not answer for all keys in time.
 */
export async function batchGet(
  needs: StoreNeeds,
  client: DynamoDBDocumentClient,
  keys: readonly Key[],
  consistent: boolean,
): Promise<Item[]> {
  const unique = [...new Map(keys.map(({ pk, sk }) => [JSON.stringify([pk, sk]), { pk, sk }])).values()];
  const chunks = Array.from({ length: Math.ceil(unique.length / most) }, (_, n) =>
    unique.slice(n * most, (n + 1) * most),
  );
  return (await Promise.all(chunks.map((chunk) => readAll(needs, client, chunk, consistent)))).flat();
}

/** What an answer has no room for is left over, and comes with the next; only a pause where nothing came at all. */
async function readAll(
  needs: StoreNeeds,
  client: DynamoDBDocumentClient,
  Keys: Key[],
  ConsistentRead: boolean,
): Promise<Item[]> {
  const items: Item[] = [];
  let waiting: Waiting = { [needs.table]: { Keys, ConsistentRead } };
  while (waiting[needs.table]?.Keys?.length) {
    const { found, left } = await retry(needs, isBusy, () => read(client, needs.table, waiting), patience);
    items.push(...found);
    waiting = left;
  }
  return items;
}

async function read(client: DynamoDBDocumentClient, table: string, RequestItems: Waiting) {
  const { Responses, UnprocessedKeys = {} } = await translated(client.send(new BatchGetCommand({ RequestItems })));
  const found = (Responses?.[table] ?? []) as Item[];
  const count = UnprocessedKeys[table]?.Keys?.length ?? 0;
  if (found.length === 0 && count > 0) throw new StoreBusy(`The table left all ${count} keys of a batch unread.`);
  return { found, left: UnprocessedKeys };
}

const isBusy = (error: unknown): boolean => error instanceof StoreBusy;
