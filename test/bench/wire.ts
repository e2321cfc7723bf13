import { consume } from "@posthouse/aws/sqs-event";
import { run as provision } from "@posthouse/core/database/provision";
import { run as dispatch } from "@posthouse/core/dispatch/batch";
import { run as feedback } from "@posthouse/core/feedback/batch";
import { startPollers } from "@posthouse/local/pollers";
import { createClient, type Send } from "./api.ts";
import { median } from "./statistics.ts";
import { lanes } from "./throughput.ts";
import { createAccount, startWorld, type World } from "./world.ts";

/** From the API to the embedded SES, single mails. */
export interface Wire {
  /** Mails a second from the first request to the last hand-over, accepting and sending side by side. */
  readonly rate: number;
  /** ms from the request to the hand-over of one mail while nothing else is going on: median and slowest. */
  readonly latency: { readonly median: number; readonly slowest: number };
}

/** Measures with the pollers that stand in for the event-source mappings, in one process. */
export async function measure(mails: number, singles: number): Promise<Wire> {
  const arrivals = createArrivals();
  const world = await startWorld({ ses: { hook: (moment) => (moment === "after" ? arrivals.note() : undefined) } });
  const stop = poll(world);
  try {
    const client = createClient(world.ports);
    const sends: Send[] = [];
    for (let n = 0; n < lanes; n++) sends.push(client(await createAccount(world.ports, `wire-${n}`)));
    const timed = async (count: number, work: () => Promise<unknown>): Promise<number> => {
      const all = arrivals.next(count);
      const start = performance.now();
      await Promise.all([work(), all]);
      return performance.now() - start;
    };
    const spread = (count: number) => async () => {
      let left = count;
      const lane = async (send: Send) => {
        while (left-- > 0) await send();
      };
      await Promise.all(sends.map(lane));
    };
    await timed(mails / 4, spread(mails / 4));
    const rate = (mails / (await timed(mails, spread(mails)))) * 1_000;
    const latencies: number[] = [];
    for (let n = 0; n < singles; n++) latencies.push(await timed(1, async () => sends[0]?.()));
    return { rate, latency: { median: median(latencies), slowest: Math.max(...latencies) } };
  } finally {
    await stop();
    await world.close();
  }
}

/** Counts hand-overs, and tells when so many more have come. */
function createArrivals() {
  let count = 0;
  let waiting: { readonly at: number; readonly resolve: () => void } | undefined;
  return {
    note(): void {
      count++;
      if (waiting && count >= waiting.at) waiting.resolve();
    },
    next: (more: number): Promise<void> =>
      new Promise((resolve) => {
        waiting = { at: count + more, resolve };
      }),
  };
}

const poll = ({ env, ports }: World): (() => Promise<void>) =>
  startPollers(
    env.services.fauxqs,
    {
      dispatch: consume((jobs) => dispatch(ports, jobs)),
      feedback: consume((jobs) => feedback(ports, jobs)),
      provision: consume((jobs) => provision(ports, jobs)),
    },
    ports.log,
  );
