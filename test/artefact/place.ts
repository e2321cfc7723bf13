import { createCipheriv, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeOptions } from "../../infra/bundle.ts";
import type { Bundle } from "./build.ts";

/** Where a bundle lies as Lambda unpacks it, and the environment that its function has there. */
export interface Place {
  /** The bundle and nothing else, under no `node_modules`. */
  readonly dir: string;
  /** Full path of the module with the handler. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Writes a bundle into a new directory, with its linked resources beside it as SST seals them: `resource.enc`, AES-256-GCM
 * with a nonce of zeros, under the key in the environment. The environment is what infra and Lambda provide, and no more.
 * @param given the environment of the embedded functions, resources open in it
 * @param name of the function at AWS
 */
export async function unpack(
  dir: string,
  { files, entry }: Pick<Bundle, "files" | "entry">,
  given: Readonly<Record<string, string>>,
  name: string,
): Promise<Place> {
  await mkdir(dir, { recursive: true });
  for (const file of files) await writeFile(join(dir, file.name), file.bytes);
  const { links, rest } = split(given);
  const key = randomBytes(32);
  await writeFile(join(dir, "resource.enc"), seal(JSON.stringify(links), key));
  const env = { ...rest, ...lambda(dir, name), SST_KEY: key.toString("base64"), SST_KEY_FILE: "resource.enc" };
  return { dir, entry: join(dir, entry), env };
}

/** What Lambda itself sets, as far as anybody reads it. */
const lambda = (dir: string, name: string): Record<string, string> => ({
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
  AWS_LAMBDA_LOG_FORMAT: "JSON",
  AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  AWS_SESSION_TOKEN: "embedded",
  LAMBDA_TASK_ROOT: dir,
  _HANDLER: "bundle.handler",
  TZ: ":UTC",
  NODE_OPTIONS: nodeOptions,
});

const prefix = "SST_RESOURCE_";

/** Only the app's name and stage are open in the environment. */
function split(given: Readonly<Record<string, string>>) {
  const links: Record<string, unknown> = {};
  const rest: Record<string, string> = {};
  for (const [name, value] of Object.entries(given))
    if (name.startsWith(prefix) && name !== `${prefix}App`) links[name.slice(prefix.length)] = JSON.parse(value);
    else rest[name] = value;
  return { links, rest };
}

function seal(text: string, key: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, Buffer.alloc(12));
  return Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
}
