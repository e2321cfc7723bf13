/**
 * `npm start`: the whole product on one machine. Prints how to send a first mail, then the line that says it is
 * ready. Ctrl-C or SIGTERM stop it cleanly, a second one at once; it may be killed at any moment and goes on.
 */
import nodeModule from "node:module";
import type { Machine } from "./machine.ts";

const needed = 24;

const major = Number(process.versions.node.split(".")[0]);
if (major < needed)
  fail(`Posthouse needs Node ${needed} or later, this is ${process.version}: start it by "npm start".`);

// The next start finds it compiled
nodeModule.enableCompileCache();

// Only now: on an older Node the imports themselves would fail, with a message that helps nobody.
const { startMachine } = await import("./machine.ts");
const { options } = await import("./options.ts");

let stopping = false;

// A killed npm can not pass the signal on, and what it started would hold port and data: be killed with it.
const parent = process.ppid;
const orphaned = (): void => void (process.ppid === parent || process.kill(process.pid, "SIGKILL"));
if (process.env.npm_lifecycle_event) setInterval(orphaned, 250).unref();

try {
  const machine = await startMachine(options(process.env));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop(machine.close));
  process.stdout.write(`${welcome(machine)}\n`);
  process.stdout.write(`Posthouse is ready on ${machine.url}\n`);
  // Not at its end: it may be killed
  nodeModule.flushCompileCache();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

function stop(close: () => Promise<void>): void {
  if (stopping) process.exit(130);
  stopping = true;
  close().then(
    () => process.exit(0),
    (error: unknown) => fail(`Posthouse did not stop cleanly: ${String(error)}`),
  );
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function welcome({ url, operatorKey: key, info }: Machine): string {
  return `
  Operator key   ${key}
  Data           ${info.data_dir}
  Mailbox        ${url}/_local/mailbox
  Inbound mail   smtp://${new URL(url).hostname}:${info.smtp_port}
  Reference      ${url}/docs

  A first mail:
    curl -X POST ${url}/v1/databases -H 'authorization: Bearer ${key}' \\
      -H 'content-type: application/json' -d '{"name": "acme"}'
    curl -X POST ${url}/v1/emails -H 'authorization: Bearer ${key}' -H 'posthouse-database: acme' \\
      -H 'content-type: application/json' \\
      -d '{"from": "mary@example.com", "to": "you@example.org", "subject": "Hello", "text": "First light"}'
    curl ${url}/_local/mailbox
`;
}
