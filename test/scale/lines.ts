import { createMetrics, type Gathered } from "@posthouse/aws/metrics";
import { assumed } from "../bench/prices.ts";
import type { Name } from "./day/load.ts";

/** Bytes of the line of metrics that an invocation writes at its end, where all goes well, as the functions write it. */
export const metricBytes: Readonly<Record<Name, number>> = {
  api: bytes("api", (metrics) => metrics.count("accepted")),
  dispatch: bytes("dispatch", (metrics) => sent(metrics, 1)),
  mass: bytes("dispatch", (metrics) => sent(metrics, assumed.many)),
  // What arrived is no metric of ours
  feedback: 0,
  webhook: bytes("deliver", (metrics) => metrics.count("webhook_delivered")),
};

function bytes(name: string, write: (metrics: Gathered) => void): number {
  const metrics = createMetrics();
  write(metrics);
  return metrics.flush({ stage: "production", function: name }, 1_800_000_000_000).join("\n").length;
}

function sent(metrics: Gathered, mails: number): void {
  metrics.count("sent", mails);
  for (let n = 0; n < mails; n++) metrics.time("queue_wait_ms", 250);
}
