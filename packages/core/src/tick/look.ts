import * as EventPath from "../feedback/path.ts";
import type { Ports } from "../ports/main.ts";
import type { QueueName } from "../ports/queue.ts";
import type { Ref } from "../webhook/delivery.ts";
import { find } from "../webhook/endpoint.ts";
import type { Endpoint } from "../webhook/health.ts";

/** A webhook whose deliveries are due. */
export interface Hook {
  /** Undefined when it was deleted. */
  readonly endpoint: Endpoint | undefined;
  /** Deliveries to it that this tick has enqueued though it was silent. */
  tried: number;
}

/** What a tick finds out once for all it takes up, and only where something asks for it. */
export interface Look {
  /** Whether a queue is short enough for mail that most likely is in it already. */
  isShort(queue: QueueName): Promise<boolean>;
  /** That a mail was put on a queue. */
  enqueued(queue: QueueName): void;
  /** The webhook of a delivery, the same object for all of them. */
  hook(delivery: Ref): Promise<Hook>;
  /** Whether events of SES come in (G3). */
  eventsComeIn(): Promise<boolean>;
}

/** A queue this long is worked off: what waits in it need not be put there twice. */
const long = 1_000;

/** Looks at nothing yet. */
export function create(ports: Pick<Ports, "store" | "clock" | "operator" | "queue">): Look {
  const depths = new Map<QueueName, Promise<number>>();
  const added = new Map<QueueName, number>();
  const hooks = new Map<string, Promise<Hook>>();
  let works: Promise<boolean> | undefined;
  return {
    async isShort(queue) {
      const depth = depths.get(queue) ?? ports.queue.depth(queue);
      depths.set(queue, depth);
      return (await depth) + (added.get(queue) ?? 0) < long;
    },
    enqueued: (queue) => void added.set(queue, (added.get(queue) ?? 0) + 1),
    hook({ owner, endpoint: id }) {
      const known = hooks.get(id) ?? find(ports, owner, id).then((endpoint) => ({ endpoint, tried: 0 }));
      hooks.set(id, known);
      return known;
    },
    eventsComeIn: () => (works ??= EventPath.works(ports)),
  };
}
