import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { listen } from "../ses/listen.ts";
import { KmsError } from "./error.ts";
import * as Key from "./key.ts";
import * as KeyFile from "./key-file.ts";
import { type Kms, OPERATIONS } from "./operation.ts";

const TARGET = "TrentService.";

/** How the embedded KMS starts. */
export interface KmsOptions {
  /** Directory of its key file, made when missing. */
  dir: string;
  /** @default any free port */
  port?: number;
  /** @default us-east-1 */
  region?: string;
  /** @default 000000000000 */
  accountId?: string;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
}

/** A running embedded KMS. */
export interface KmsServer {
  url: string;
  /** The key made at the first start; also `alias/posthouse`. */
  keyArn: string;
  close: () => Promise<void>;
}

/** Starts a KMS endpoint on 127.0.0.1 that the AWS SDK talks to unmodified. Its first start makes one key. */
export async function startKms(options: KmsOptions): Promise<KmsServer> {
  const { region = "us-east-1", accountId = "000000000000", now = Date.now } = options;
  const file = KeyFile.open(options.dir);
  const keys = file.read();
  const add = (key: Key.Key) => {
    file.write([...keys, key]);
    keys.push(key);
  };
  const first = keys[0] ?? Key.create({ region, accountId }, "Master key of this installation", now());
  if (keys.length === 0) add(first);
  const { url, close } = await listen(createApp({ region, accountId, now, keys, add }), options.port);
  return { url, keyArn: first.arn, close };
}

/** The KMS API over an account's keys, by the AWS JSON 1.1 protocol. */
function createApp(kms: Kms): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post("/", async (c) => {
    const target = c.req.header("x-amz-target") ?? "";
    const run = target.startsWith(TARGET) ? OPERATIONS.get(target.slice(TARGET.length)) : undefined;
    if (!run) throw new KmsError("UnknownOperationException", `The embedded KMS does not know '${target}'.`);
    return answer(200, run(kms, parse(await c.req.text())));
  });
  app.onError((error) =>
    error instanceof KmsError
      ? answer(400, { __type: error.name, message: error.message })
      : answer(500, { __type: "KMSInternalException", message: "The embedded KMS failed." }),
  );
  return app;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw Object.assign(new KmsError("SerializationException", "The request body is not JSON."), { cause });
  }
}

function answer(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/x-amz-json-1.1" } });
}
