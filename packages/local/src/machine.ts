import { join, resolve } from "node:path";
import { useClock } from "@posthouse/aws/clock";
import { deferred } from "@posthouse/aws/deferred";
import { createLog } from "@posthouse/aws/log/log";
import type { Waits } from "@posthouse/core/operator/settings";
import type { MailAuth } from "@posthouse/core/ports/mail-auth";
import type { Ports } from "@posthouse/core/ports/main";
import { type MovableClock, openClock } from "./clock.ts";
import { checkVersion } from "./data-version.ts";
import { install } from "./doctor.ts";
import { environment, type FunctionSettings, foreign } from "./environment.ts";
import { type Functions, loadFunctions } from "./functions.ts";
import { type ApiHandler, startGateway } from "./gateway/gateway.ts";
import { type Info, ownRoutes } from "./gateway/own.ts";
import { expire } from "./lifecycle.ts";
import { lock } from "./lock.ts";
import { openOperatorKey } from "./operator-key.ts";
import { startPollers } from "./pollers.ts";
import { advanceQueues } from "./queue-clock.ts";
import { startListener } from "./receive/listener.ts";
import { createReceiver } from "./receive/receiver.ts";
import { type Services, type ServicesOptions, startServices } from "./services.ts";
import { startTicker } from "./ticker.ts";

/** How the machine starts. */
export interface MachineOptions {
  /** Where everything is kept; made when missing. */
  readonly data_dir: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Where the mail comes in that SES would receive. @default any free one */
  readonly smtp_port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** Absent: made at the first start and kept. */
  readonly operatorKey?: string;
  readonly root_domain: string;
  readonly platform_smtp_url: string | null;
  /** Where recipients reach it; null = its own URL, where it is bound to the machine itself. */
  readonly public_url: string | null;
  readonly private_smtp_hosts: boolean;
  /** Resolvers for the checks of domains. @default the system's */
  readonly dns_servers?: readonly string[];
  /** When the day ends, `HH:MM` UTC. */
  readonly reset_utc: string;
  readonly waits: Waits;
  readonly dynamodb?: ServicesOptions["dynamodb"];
  readonly ses?: ServicesOptions["ses"];
}

/** A running machine. */
export interface Machine {
  readonly url: string;
  readonly operatorKey: string;
  /** The ports the functions run on. */
  readonly ports: Ports;
  readonly info: Info;
  readonly mailbox: Services["ses"]["mailbox"];
  /** The switches of the embedded SES. */
  readonly control: Services["ses"]["control"];
  readonly services: Services;
  /** Runs the tick now. */
  tick(): Promise<void>;
  /** Moves the clock on, in ms. */
  advance(ms: number): void;
  /** Stops cleanly: what is under way is finished first. */
  close(): Promise<void>;
}

let started = false;

/**
 * Starts the whole product in this process: the embedded AWS, the functions, and what calls them on Lambda (API
 * Gateway, event-source mappings, the schedule). One a process, as the functions' environment is the process's.
 * @throws Error when the data directory is in use, or a machine was started in this process before.
 */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  if (started) throw new Error("A process holds one machine in its life: start another process for another one.");
  started = true;
  const stack = new AsyncDisposableStack();
  try {
    return await start({ ...options, data_dir: resolve(options.data_dir) }, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function start(options: MachineOptions, stack: AsyncDisposableStack): Promise<Machine> {
  const { data_dir, host = "127.0.0.1", root_domain } = options;
  stack.defer(lock(data_dir));
  checkVersion(data_dir);
  const operatorKey = options.operatorKey ?? openOperatorKey(data_dir);
  const clock = openClock(data_dir);
  useClock(clock);
  const services = await startServices({ dir: join(data_dir, "aws"), now: clock.now, ...given(options) });
  stack.defer(() => services.close());
  // The functions need to know the URL, so the port comes first; a request that comes before them waits for them
  const loading = Promise.withResolvers<Running>();
  loading.promise.catch(() => undefined);
  const advance = mover(clock, services, async () => (await loading.promise).ticker.tick());
  const { smtp_port: port = 0, dns_servers: servers = [] } = options;
  const smtp_port = await receive(services, { port, host, servers, now: clock.now }, stack);
  const info = (): Info => ({ url, smtp_port, data_dir, root_domain });
  const { mailbox, control } = services.ses;
  const key = isLoopback(host) ? {} : { key: operatorKey };
  const own = ownRoutes({ info, mailbox, advance, ...key });
  const handler: ApiHandler = async (...args) => (await loading.promise).api(...args);
  const gateway = await startGateway({ port: options.port, host, handler, own, clock, log });
  stack.defer(() => gateway.close());
  const url = `http://${isLoopback(host) ? "localhost" : host}:${gateway.port}`;
  const settings = { ...options, operatorKey, public_url: options.public_url ?? ownLinks(host, gateway.port) };
  const { ports, ticker } = await running(services, settings, stack, loading);
  const close = () => stack.disposeAsync();
  return { url, operatorKey, ports, info: info(), mailbox, control, services, tick: ticker.tick, advance, close };
}

/** What takes requests and time on. */
interface Running {
  readonly api: ApiHandler;
  readonly ticker: ReturnType<typeof startTicker>;
  readonly ports: Ports;
}

/** Loads the functions and starts what calls them; `loading` tells those who wait for them. */
async function running(
  services: Services,
  settings: FunctionSettings,
  stack: AsyncDisposableStack,
  loading: PromiseWithResolvers<Running>,
): Promise<Running> {
  try {
    const [{ ports, ...functions }] = await Promise.all([
      load(services, settings),
      install(services, settings.root_domain),
    ]);
    const started = { api: functions.api, ticker: run(functions, services, settings.waits, stack), ports };
    loading.resolve(started);
    return started;
  } catch (error) {
    loading.reject(error);
    throw error;
  }
}

/** How long the DNS may take to say who vouches for a mail, in ms: a client waits, and a laptop may have none. */
const patience = 800;

/** Takes mail in as SES does; it waits in its queue until the functions are there. @returns the port. */
async function receive(
  { ses, fauxqs }: Services,
  { now, servers, ...address }: { port: number; host: string; servers: readonly string[]; now: () => number },
  stack: AsyncDisposableStack,
): Promise<number> {
  const mailAuth = deferred<MailAuth>({ verify: true }, async () =>
    (await import("@posthouse/aws/mail-auth/mail-auth")).createMailAuth({ servers, timeout_ms: patience }),
  );
  const receiver = createReceiver({ endpoint: fauxqs.url, now, mailAuth, control: ses.control });
  stack.defer(() => receiver.close());
  const listener = await startListener({ ...address, receives: ses.control.receives, receiver, log });
  stack.defer(() => listener.close());
  return listener.port;
}

const log = createLog();

const given = ({ root_domain, dns_servers, dynamodb, ses }: MachineOptions) => ({
  root_domain,
  ...(dns_servers && { dns_servers }),
  ...(dynamodb && { dynamodb }),
  ...(ses && { ses }),
});

/** Gives the process the environment of a Lambda function, then loads the functions. */
function load(services: Services, settings: FunctionSettings): Promise<Functions> {
  for (const name of foreign) delete process.env[name];
  Object.assign(process.env, environment(services, settings));
  return loadFunctions();
}

/** Starts what calls the functions beside the gateway. Stopped in reverse: schedule, then queues. */
function run(functions: Omit<Functions, "ports">, { fauxqs }: Services, waits: Waits, stack: AsyncDisposableStack) {
  stack.defer(startPollers(fauxqs, functions, log));
  const ticker = startTicker(waits.tick * 1_000, functions.tick, (error) => {
    log.error("the tick failed", { operation: "tick", error });
  });
  stack.defer(() => ticker.stop());
  const lifecycle = startTicker(
    3_600_000,
    async () => void (await expire(fauxqs.url, Date.now())),
    (error) => {
      log.error("old objects were not deleted", { operation: "lifecycle", error });
    },
  );
  stack.defer(() => lifecycle.stop());
  return ticker;
}

/** Moves all clocks on, and lets the tick look at once at what became due by it. */
function mover(clock: MovableClock, { fauxqs }: Services, tick: () => Promise<void>): (ms: number) => void {
  return (ms) => {
    clock.advance(ms);
    advanceQueues(fauxqs, ms);
    tick().catch((error: unknown) => log.error("the tick failed", { operation: "tick", error }));
  };
}

/** Links to the machine itself are made where it is at hand under its own name; recipients elsewhere need https. */
const ownLinks = (host: string, port: number): string | null =>
  isLoopback(host) || host === "0.0.0.0" || host === "::" ? `http://localhost:${port}` : null;

const isLoopback = (host: string): boolean => host === "127.0.0.1" || host === "::1" || host === "localhost";
