/** DynamoDB Local, where this machine has Java and its jar: a second opinion, never a need. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Running } from "./store.ts";

/** Path of DynamoDBLocal.jar: `DYNAMODB_LOCAL_JAR`, or out of the package `amplify-dynamodb-simulator`. */
export function findJar(): string | undefined {
  const jar = process.env.DYNAMODB_LOCAL_JAR ?? bundledJar();
  if (!jar || !existsSync(jar)) return undefined;
  return spawnSync("java", ["-version"]).status === 0 ? jar : undefined;
}

function bundledJar(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve("amplify-dynamodb-simulator");
    return join(dirname(entry), "emulator", "DynamoDBLocal.jar");
  } catch {
    return undefined;
  }
}

/** Starts DynamoDB Local in memory on a free port and waits until it answers. */
export async function startJava(jar: string): Promise<Running> {
  const home = dirname(jar);
  const port = await freePort();
  const libraries = `-Djava.library.path=${join(home, "DynamoDBLocal_lib")}`;
  const child = spawn("java", [libraries, "-jar", jar, "-inMemory", "-port", String(port)], {
    cwd: home,
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 300; tries++) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) return { url, close: () => (child.kill("SIGKILL"), ended) };
    await sleep(100);
  }
  child.kill("SIGKILL");
  throw new Error(`DynamoDB Local did not answer on ${url} within 30 s`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
