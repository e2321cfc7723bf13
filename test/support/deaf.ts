import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A port that takes no connection and refuses none: as an address behind a firewall that drops what it gets. */
export interface Deaf {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens with a short queue in a process that never looks at it. */
const program = `const server = require("node:net").createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  require("node:fs").writeSync(1, String(server.address().port));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/** Starts one: the kernel completes no more connections once the queue of those to be accepted is full. */
export async function startDeaf(): Promise<Deaf> {
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(said.toString());
  const fillers: Socket[] = [];
  while (await connects(port, fillers));
  return { port, close: () => stop(child, fillers) };
}

/** Whether one more connection is completed. */
async function connects(port: number, fillers: Socket[]): Promise<boolean> {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  fillers.push(socket);
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, 300, false));
  return Promise.race([once(socket, "connect").then(() => true), late]);
}

async function stop(child: ChildProcess, fillers: readonly Socket[]): Promise<void> {
  for (const socket of fillers) socket.destroy();
  child.kill("SIGKILL");
  await once(child, "exit");
}
