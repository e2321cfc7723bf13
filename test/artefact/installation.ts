import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install } from "@posthouse/local/doctor";
import { environment } from "@posthouse/local/environment";
import { type ApiHandler, startGateway } from "@posthouse/local/gateway/gateway";
import { type Consumers, startPollers } from "@posthouse/local/pollers";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { type Bundle, bundleFunction, type FunctionName, functions } from "./build.ts";
import { type LambdaFunction, startFunction } from "./function.ts";
import { type Place, unpack } from "./place.ts";

/** The whole product as it is deployed: bundles in processes of their own, and what calls them on AWS. */
export interface Installation {
  /** Of the API, behind API Gateway. */
  readonly url: string;
  readonly operatorKey: string;
  readonly env: TestPorts;
  readonly bundles: Readonly<Record<FunctionName, Bundle>>;
  readonly places: Readonly<Record<FunctionName, Place>>;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  /** Batches of queues that were read, with what their function answered. */
  readonly batches: readonly Batch[];
  /** What X-Ray's daemon was sent. */
  readonly traces: readonly string[];
  /** The schedule's minute. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

/** What a function was given of a queue, and said. */
export interface Batch {
  readonly function: FunctionName;
  readonly queue: string;
  readonly answer: unknown;
}

const operatorKey = "ph_op_of_a_test";

type Of<T> = Record<FunctionName, T>;

/** Builds all functions and starts them on an embedded AWS of their own. */
export async function startInstallation(): Promise<Installation> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "posthouse-artefact-"));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const [env, bundles] = await Promise.all([startTestPorts(), each(bundleFunction)]);
  stack.defer(() => env.close());
  const daemon = await startDaemon();
  stack.defer(daemon.close);
  await install(env.services, env.ports.operator.root_domain);
  const given = { ...environmentOf(env), AWS_XRAY_DAEMON_ADDRESS: daemon.address };
  const places = await each((name) => unpack(join(dir, name), bundles[name], given, `posthouse-test-${name}`));
  const running = await each(async (name) => {
    const one = await startFunction(places[name]);
    stack.defer(() => one.close());
    return one;
  });
  const batches: Batch[] = [];
  stack.defer(startPollers(env.services.fauxqs, consumers(running, batches), env.ports.log));
  const { clock, log } = env.ports;
  const handler = ((event) => running.api.invoke(event)) as ApiHandler;
  const gateway = await startGateway({ port: 0, host: "127.0.0.1", handler, own: () => false, clock, log });
  stack.defer(() => gateway.close());
  const all = stack.move();
  return {
    url: `http://127.0.0.1:${gateway.port}`,
    operatorKey,
    env,
    bundles,
    places,
    functions: running,
    batches,
    traces: daemon.received,
    tick: async () => void (await running.tick.invoke(scheduled(clock.now()))),
    close: () => all.disposeAsync(),
  };
}

/** One of each function. All have come to their end when one has failed: what has started is known, and can be closed. */
async function each<T>(make: (name: FunctionName) => Promise<T>): Promise<Of<T>> {
  const ended = await Promise.allSettled(functions.map(make));
  const failed = ended.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  return Object.fromEntries(ended.map((one, n) => [functions[n], "value" in one && one.value])) as Of<T>;
}

function environmentOf({ services, ports: { operator } }: TestPorts): Record<string, string> {
  const { root_domain, reset_utc, waits } = operator;
  const settings = { root_domain, reset_utc, waits, platform_smtp_url: null, private_smtp_hosts: true };
  return environment(services, { ...settings, operatorKey, public_url: operator.public_url, dns_servers: nowhere });
}

/** A port nobody listens on: the functions ask no resolver of the machine. */
const nowhere = ["127.0.0.1:9"];

/** The functions as event-source mappings call them. */
function consumers(running: Of<LambdaFunction>, batches: Batch[]): Consumers {
  const reader =
    (name: FunctionName): Consumers["dispatch"] =>
    async (event) => {
      const answer = await running[name].invoke(event);
      const queue = event.Records[0]?.eventSourceARN.split(":").at(-1) ?? "";
      batches.push({ function: name, queue, answer });
      return answer as Awaited<ReturnType<Consumers["dispatch"]>>;
    };
  const names = ["dispatch", "feedback", "provision", "inbound", "deliver", "incoming"] as const;
  return Object.fromEntries(names.map((name) => [name, reader(name)])) as unknown as Consumers;
}

/** What EventBridge Scheduler hands a function that is told nothing more. */
const scheduled = (now: number) => ({
  version: "0",
  id: "3f1c2b9e-0d5a-4f7e-9a55-0a3c6f1d2e4b",
  "detail-type": "Scheduled Event",
  source: "aws.scheduler",
  account: "000000000000",
  time: new Date(now).toISOString(),
  region: "us-east-1",
  resources: ["arn:aws:scheduler:us-east-1:000000000000:schedule/default/EveryMinute"],
  detail: "{}",
});

/** X-Ray's daemon, which keeps what it gets. */
async function startDaemon() {
  const received: string[] = [];
  const socket = createSocket("udp4", (datagram) => received.push(datagram.toString()));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    received,
    close: () => new Promise<void>((done) => socket.close(() => done())),
  };
}
