import { SQSClient } from "@aws-sdk/client-sqs";
import { useClock } from "@posthouse/aws/clock";
import { createLog } from "@posthouse/aws/log/log";
import { environment } from "@posthouse/local/environment";
import { region } from "@posthouse/local/fauxqs";
import { type ApiHandler, startGateway } from "@posthouse/local/gateway/gateway";
import { type PollerOptions, startPoller } from "@posthouse/local/poller";
import { mappings } from "@posthouse/local/pollers";
import { credentials, queueUrl } from "@posthouse/local/resources";
import { startTicker } from "@posthouse/local/ticker";
import type { Start } from "../fleet/protocol.ts";
import { endpoints, settings } from "../fleet/settings.ts";
import { createFate, lethal } from "./lethal.ts";
import { rough } from "./rough.ts";
import type { Handlers, State } from "./state.ts";

const log = createLog();

/**
 * One of the functions in a process of its own, as on Lambda: the very file, its environment, and what calls it. Its
 * ports are the runtime's, which are changed before the function is loaded: it cannot tell the difference.
 */
export async function startFunctionRole(start: Start, state: State): Promise<Handlers> {
  Object.assign(process.env, environment(endpoints(start), settings(start)));
  useClock(state.clock);
  const { runtime } = await import("@posthouse/aws/runtime");
  const ports = runtime();
  const fate = createFate();
  Object.assign(ports, lethal({ ...ports }, fate, state));
  const ticker = await call(start, state);
  return {
    die: (death) => fate.die(death),
    // Not waited for: the tick may be about to die
    advanced: () => void ticker?.tick().catch(failed),
  };
}

const failed = (error: unknown): void => log.error("the tick failed", { operation: "tick", error });

/** Starts what calls the function of a role: gateway, schedule or queues. */
async function call(start: Start, state: State): Promise<ReturnType<typeof startTicker> | undefined> {
  if (start.role === "api") {
    const { handler } = await import("../../../functions/api.ts");
    const api = handler as unknown as ApiHandler;
    const { clock } = state;
    await startGateway({ port: start.ports.api, host: "127.0.0.1", handler: api, own: () => false, clock, log });
    return undefined;
  }
  if (start.role === "tick") {
    const { handler } = await import("../../../functions/tick.ts");
    return startTicker(settings(start).waits.tick * 1_000, handler, failed);
  }
  if (start.role === "dispatch")
    poll(start, state, { dispatch: (await import("../../../functions/dispatch.ts")).handler });
  else if (start.role === "deliver")
    poll(start, state, {
      deliver: (await import("../../../functions/deliver.ts")).handler,
      inbound: (await import("../../../functions/inbound.ts")).handler,
    });
  else
    poll(start, state, {
      feedback: (await import("../../../functions/feedback.ts")).handler,
      provision: (await import("../../../functions/provision.ts")).handler,
    });
  return undefined;
}

/** Reads the queues of these functions, as the embedded mode does. */
function poll(start: Start, state: State, consumers: Readonly<Record<string, PollerOptions["handler"]>>): void {
  const { queues } = endpoints(start);
  const client = new SQSClient({ endpoint: queues.url, region, credentials, useQueueUrlAsEndpoint: false });
  for (const { queue, consumer, concurrency } of mappings) {
    const handler = consumers[consumer];
    if (!handler) continue;
    startPoller({ client, url: queueUrl(queues, queue), handler: rough(handler, state), concurrency, log, retry_s: 2 });
  }
}
