import type { Ports } from "@posthouse/core/ports/main";
import type { ApiHandler } from "./gateway/gateway.ts";
import type { Consumers } from "./pollers.ts";

/** The Lambda functions, and the ports they run on. */
export interface Functions extends Consumers {
  readonly api: ApiHandler;
  readonly tick: () => Promise<void>;
  readonly ports: Ports;
}

/** Loads the very files that run on Lambda; they read the environment when they are loaded, so that comes first. */
export async function loadFunctions(): Promise<Functions> {
  const [api, dispatch, feedback, provision, inbound, deliver, incoming, tick, { runtime }] = await Promise.all([
    import("../../../functions/api.ts"),
    import("../../../functions/dispatch.ts"),
    import("../../../functions/feedback.ts"),
    import("../../../functions/provision.ts"),
    import("../../../functions/inbound.ts"),
    import("../../../functions/deliver.ts"),
    import("../../../functions/incoming.ts"),
    import("../../../functions/tick.ts"),
    import("@posthouse/aws/runtime"),
  ]);
  return {
    api: api.handler as unknown as ApiHandler,
    dispatch: dispatch.handler,
    feedback: feedback.handler,
    provision: provision.handler,
    inbound: inbound.handler,
    deliver: deliver.handler,
    incoming: incoming.handler,
    tick: tick.handler,
    ports: runtime(),
  };
}
