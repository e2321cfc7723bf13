import { isDeepStrictEqual } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { Item } from "@posthouse/core/ports/store";
import { region } from "@posthouse/local/fauxqs";
import { credentials, table as TableName } from "@posthouse/local/resources";
import type { TestPorts } from "@posthouse/local/testing";

/** All items of the table, as a point in time would give them back. */
export async function take({ services }: TestPorts): Promise<Item[]> {
  const bare = new DynamoDBClient({ endpoint: services.dynamodb.url, region, credentials });
  const client = DynamoDBDocumentClient.from(bare);
  const found: Item[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName, ConsistentRead: true, ...(from && { ExclusiveStartKey: from }) }),
    );
    found.push(...((page.Items ?? []) as Item[]));
    from = page.LastEvaluatedKey;
  } while (from);
  bare.destroy();
  return found;
}

/**
 * Makes the table what it was. Queues, objects and SES stay as they are, for none of them goes back in time.
 * @returns an environment whose processes remember nothing of the former table.
 */
export async function restore(env: TestPorts, items: readonly Item[]): Promise<TestPorts> {
  const { store } = env.ports;
  const name = ({ pk, sk }: Item) => `${pk} ${sk}`;
  const [were, are] = [items, await take(env)].map((all) => new Map(all.map((item) => [name(item), item])));
  const changed = items.filter((item) => !isDeepStrictEqual(item, are?.get(name(item))));
  await Promise.all([
    ...changed.map((item) => store.write({ put: item })),
    ...[...(are?.values() ?? [])]
      .filter((item) => !were?.has(name(item)))
      .map(({ pk, sk }) => store.write({ delete: { pk, sk } })),
  ]);
  return { ...env, ports: { ...env.ports, store: { ...store } } };
}
