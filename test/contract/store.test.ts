import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDynamodb } from "@posthouse/local/dynamodb/endpoint";
import { expect, it } from "vitest";
import { findJar, startJava } from "./java.ts";
import { type Running, storeContract } from "./store.ts";

const jar = findJar();
const stores: Record<string, () => Promise<Running>> = {
  "embedded DynamoDB": startEmbedded,
  ...(jar ? { "DynamoDB Local": () => startJava(jar) } : {}),
};

for (const [name, make] of Object.entries(stores)) storeContract(name, make);

it(`ran on: ${Object.keys(stores).join(", ")}`, () => {
  expect(Object.keys(stores)).toContain("embedded DynamoDB");
});

async function startEmbedded(): Promise<Running> {
  const dir = await mkdtemp(join(tmpdir(), "contract-"));
  const dynamodb = await startDynamodb({ dir });
  const close = async (): Promise<void> => {
    await dynamodb.close();
    await rm(dir, { recursive: true });
  };
  return { url: dynamodb.url, close };
}
