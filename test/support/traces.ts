import { gunzipSync } from "node:zlib";
import { lifetimes } from "@posthouse/core/email/lifetime";
import type { TestPorts } from "@posthouse/local/testing";
import { dump } from "./leftovers.ts";

/**
 * Whatever of a database holds a text, in table and bucket, by its name: in attributes and keys, and in whatever is
 * compressed, wherever it begins. All that a database has, has its id in its key.
 */
export async function traces(env: Pick<TestPorts, "services" | "ports">, db: string, text: string): Promise<string[]> {
  const found = (await dump(env))
    .filter(({ pk }) => String(pk).includes(db))
    .filter(
      (item) => has(Buffer.from(JSON.stringify(item)), text) || Object.values(item).some((one) => isIn(one, text)),
    )
    .map(({ pk, sk }) => `${String(pk)} ${String(sk)}`);
  for (const prefix of lifetimes.map((days) => `keep-${days}d/${db}/`))
    for (const key of await env.ports.blobs.list(prefix))
      if (isIn(await env.ports.blobs.get(key), text) || key.includes(text)) found.push(key);
  return found.toSorted();
}

const isIn = (value: unknown, text: string): boolean =>
  value instanceof Uint8Array && [value, ...expanded(Buffer.from(value))].some((bytes) => has(bytes, text));

const has = (bytes: Uint8Array, text: string): boolean =>
  Buffer.from(bytes).toString("latin1").toLowerCase().includes(text.toLowerCase());

/** All that was compressed into something. */
function expanded(bytes: Buffer): Buffer[] {
  const magic = Buffer.from([0x1f, 0x8b, 8]);
  const found: Buffer[] = [];
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    try {
      found.push(gunzipSync(bytes.subarray(at)));
    } catch (error) {
      // The same octets in the middle of something else
      if (!(error instanceof Error && "code" in error)) throw error;
    }
  }
  return found;
}
