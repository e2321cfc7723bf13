import { writeFile } from "node:fs/promises";
import { startTestPorts } from "@posthouse/local/testing";
import { startDns } from "../support/dns.ts";
import { dump } from "../support/leftovers.ts";
import { startSink } from "../support/sink.ts";
import { play } from "./scenario.ts";
import { openVault as vault } from "./vault.ts";

/**
 * Writes down what this release stores of a database that uses a bit of everything, for the releases after it to read:
 * `npm exec -- node test/upgrade/record.ts <file>`.
 */

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("Say which file to write: node test/upgrade/record.ts <file>");
const [dns, sink] = await Promise.all([startDns(), startSink()]);
const env = await startTestPorts({ dns_servers: [dns.address], ports: { vault } });
const { ports } = env;
const { key, database } = await play({ env, dns, sink });
const items = await dump(env);
const objects: Record<string, string> = {};
for (const name of await ports.blobs.list("keep-"))
  objects[name] = Buffer.from((await ports.blobs.get(name)) ?? []).toString("base64");
const packed = (_: string, value: unknown) =>
  value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString("base64") } : value;
const line = (item: object) => JSON.stringify(item, packed);
const head = { recorded_at: ports.clock.now(), key, database, objects };
await writeFile(file, `${[head, ...items].map(line).join("\n")}\n`);
await Promise.all([env.close(), dns.close(), sink.close()]);
