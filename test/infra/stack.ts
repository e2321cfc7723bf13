import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Build, Resource } from "./program.ts";

const run = promisify(execFile);

/** Each run is a process of some 400 MB that computes all the time: two at once, of each worker of the tests. */
const most = 2;
let running = 0;
const waiting: (() => void)[] = [];

async function turn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/** What `sst.config.ts` makes of a stage. */
export interface Stack {
  /** What `app()` answers. */
  readonly app: { readonly protect: boolean; readonly removal: string; readonly providers: Record<string, unknown> };
  /** Every resource with its inputs, secrets open. */
  readonly resources: readonly Resource[];
  /** The same as Pulumi keeps them: what it knows to be secret is in an envelope. */
  readonly sealed: readonly Resource[];
  readonly builds: readonly Build[];
}

/** What the secrets hold in these tests: nowhere else may it be read. */
export const secrets = {
  OperatorKey: "hidden-operator-key",
  PlatformSmtpUrl: "smtps://user:hidden-password@relay.test",
};

/** Runs the program for a stage with these settings and no others, in a process of its own. */
export async function load(root: string, stage: string, settings: Readonly<Record<string, string>>): Promise<Stack> {
  const linked = Object.entries(secrets).map(([name, value]) => [`SST_SECRET_${name}`, value]);
  const { PATH = "", HOME = "" } = process.env;
  const env = {
    PATH,
    HOME,
    NO_COLOR: "1",
    NODE_COMPILE_CACHE: join(root, ".sst/compiled"),
    ...Object.fromEntries(linked),
    ...settings,
  };
  const program = join(import.meta.dirname, "program.ts");
  const { stdout } = await turn(() =>
    run(process.execPath, [program, root, stage], { env, maxBuffer: 64 << 20, cwd: root }),
  );
  const { resources, ...others } = JSON.parse(stdout) as Omit<Stack, "sealed">;
  return { ...others, sealed: resources, resources: opened(resources) as Resource[] };
}

/** Pulumi's mark of a secret value. */
const envelope = "4dabf18193072939515e22adb298388d";

/** Whether a value is in Pulumi's envelope. */
export const isSealed = (value: unknown): value is { readonly value: unknown } =>
  typeof value === "object" && value !== null && envelope in value;

function opened(value: unknown): unknown {
  if (isSealed(value)) return opened(value.value);
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, opened(inner)]));
}

/** The resources of a type, e.g. `sqs/queue:Queue`. */
export const all = ({ resources }: Stack, type: string): Resource[] =>
  resources.filter((resource) => resource.type === `aws:${type}`);

/** An input as text; empty where there is none. */
export function text({ inputs }: Resource, name: string): string {
  const value = inputs[name];
  return typeof value === "string" ? value : "";
}

/** An input that is a list of objects. */
export const list = (inputs: Record<string, unknown>, name: string): Record<string, unknown>[] =>
  (inputs[name] ?? []) as Record<string, unknown>[];

/** The inputs, one object, of an input. */
export const part = (inputs: Record<string, unknown>, name: string): Record<string, unknown> =>
  (inputs[name] ?? {}) as Record<string, unknown>;

/** A function of ours: its name in the program (`Dispatch`), its file (`dispatch`), and the resource. */
export interface OwnFunction {
  readonly name: string;
  readonly file: string;
  readonly resource: Resource;
}

/** The Lambda functions. */
export const functions = (stack: Stack): OwnFunction[] =>
  all(stack, "lambda/function:Function").map((resource) => {
    const name = resource.name.replace(/Function$/, "");
    const { handler = "" } = stack.builds.find((build) => build.name === name) ?? {};
    return { name, file: handler.replace(/^functions\/|\.\w+$/g, ""), resource };
  });

/** The name a queue has in the program, by its ARN or its physical name: `DispatchQueue`. */
export function queueName(stack: Stack, arn: string): string | undefined {
  const called = arn.split(":").at(-1);
  return all(stack, "sqs/queue:Queue")
    .find((queue) => text(queue, "name") === called)
    ?.name.replace(/Queue$/, "");
}

/** The queues that are no dead letters. */
export const queues = (stack: Stack): Resource[] =>
  all(stack, "sqs/queue:Queue").filter(({ name }) => !name.endsWith("DeadQueue"));

/** Which function (by its file) reads which queue (by its name in the program). */
export function readers(stack: Stack): { file: string; queue: string; mapping: Resource }[] {
  const known = functions(stack);
  return all(stack, "lambda/eventSourceMapping:EventSourceMapping").map((mapping) => {
    const called = text(mapping, "functionName").split(":function:").at(-1);
    const reader = known.find(({ resource }) => text(resource, "name") === called);
    return {
      file: reader?.file ?? `no function ${called}`,
      queue: queueName(stack, text(mapping, "eventSourceArn")) ?? "no queue",
      mapping,
    };
  });
}
