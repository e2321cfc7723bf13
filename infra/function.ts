import { nodejs, nodeOptions } from "./bundle";
import * as Permission from "./permission";
import * as Queues from "./queues";
import { operatorKey, platformSmtpUrl } from "./secrets";
import { environment, isPermanent } from "./stage";
import { bodies, table } from "./storage";
import { events } from "./topics";
import { key } from "./vault";

/** What differs from function to function. */
interface Spec {
  /** File in `functions/`. */
  readonly file: string;
  /** Seconds. */
  readonly timeout: number;
  /** MB; processor comes with it: 1,769 MB are one. */
  readonly memory: number;
  readonly permissions: ConstructorParameters<typeof sst.aws.Function>[1]["permissions"];
  /** So many run at once at most; absent = as many as the account allows. */
  readonly reserved?: number;
  /** How often Lambda repeats what was asked for without waiting and failed; absent = nobody asks so. */
  readonly retries?: number;
  /**
   * It sends to a queue that it reads itself: mail that finds SES busy, the next mail of a line, a delivery that is tried
   * again, the next part of a mailbox. Each of them ends by a rule of its own. Lambda takes sixteen turns of it for a runaway,
   * and would put the seventeenth among the dead letters.
   */
  readonly loops?: true;
}

const all = new Map<string, sst.aws.Function>();
/** Every function by its name, for alarms. */
export const functions: ReadonlyMap<string, sst.aws.Function> = all;

/** Only Lambda takes on a function's role. SST 4.17.1 lets all of the account do so, as for its live development. */
const assumeRolePolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** A function as all of them are: arm64, JSON logs with an end, traces of a sample, a bundle in parts. */
export function make(
  name: string,
  { file, timeout, memory, permissions, reserved, retries, loops }: Spec,
): sst.aws.Function {
  const made = new sst.aws.Function(name, {
    handler: `functions/${file}.handler`,
    runtime: "nodejs24.x",
    architecture: "arm64",
    timeout: `${timeout} seconds`,
    memory: `${memory} MB`,
    link: [table, bodies, ...Queues.links, events.topic, key, operatorKey, platformSmtpUrl],
    permissions: [...(permissions as []), Permission.trace],
    environment: { ...environment, NODE_OPTIONS: nodeOptions },
    logging: { format: "json", retention: isPermanent ? "3 months" : "1 week" },
    nodejs,
    ...(reserved !== undefined && { concurrency: { reserved } }),
    ...(retries !== undefined && { retries }),
    transform: { function: { tracingConfig: { mode: "Active" } }, role: { assumeRolePolicy } },
  });
  if (loops)
    new aws.lambda.FunctionRecursionConfig(`${name}Recursion`, { functionName: made.name, recursiveLoop: "Allow" });
  all.set(name, made);
  return made;
}

/** Has a function read a queue; what fails of a batch comes again, the rest does not. */
export function read(
  { queue }: Queues.Made,
  reader: sst.aws.Function,
  { size, window, most }: { size: number; window?: number; most?: number },
): void {
  queue.subscribe(reader.arn, {
    batch: { size, partialResponses: true, ...(window !== undefined && { window: `${window} seconds` as const }) },
    ...(most !== undefined && { transform: { eventSourceMapping: { scalingConfig: { maximumConcurrency: most } } } }),
  });
}
