import { clock } from "./clock.ts";
import { deployedStage } from "./env.ts";
import * as Invocation from "./invocation.ts";
import { createLog } from "./log/log.ts";
import { type Gathered, metrics } from "./metrics.ts";

/** What a handler is measured with; tests bring their own. */
export interface Measuring {
  readonly metrics: Gathered;
  /** The stage on Lambda; undefined elsewhere: nobody reads metrics there. */
  readonly stage: () => string | undefined;
  /** Takes a line as it is: the log's formatting would hide it from CloudWatch. */
  readonly write: (line: string) => void;
  /** Told when a line could not be written. */
  readonly lost: (error: unknown) => void;
}

const ours: Measuring = {
  metrics,
  stage: deployedStage,
  write: (line) => void process.stdout.write(`${line}\n`),
  lost: (error) => createLog().warn("what an invocation counted was not written", { operation: "metrics", error }),
};

/**
 * A handler whose invocations write what they counted, once, at their end, however they end; its log lines carry the id of
 * the invocation. That the figures could not be written changes nothing of how the invocation ends.
 * @param name of its file in `functions/`
 */
export function measured<A extends unknown[], R>(
  name: string,
  handler: (...args: A) => Promise<R>,
  { metrics: gathered, stage, write, lost }: Measuring = ours,
): (...args: A) => Promise<R> {
  return async (...args) => {
    Invocation.begin(idOf(args[1]));
    try {
      return await handler(...args);
    } finally {
      flush();
    }
  };

  function flush(): void {
    try {
      const at = stage();
      const lines = gathered.flush({ stage: at ?? "", function: name }, clock.now());
      if (at !== undefined) for (const line of lines) write(line);
    } catch (error) {
      lost(error);
    }
  }
}

/** The id in Lambda's context, which is every handler's second argument. */
function idOf(context: unknown): string | undefined {
  const { awsRequestId } = (context ?? {}) as { awsRequestId?: unknown };
  return typeof awsRequestId === "string" ? awsRequestId : undefined;
}
