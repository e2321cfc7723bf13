import type { Resource } from "../program.ts";
import { all, part, readers, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** Lambda takes each mapping of a queue: its guide's limits of batches, windows and concurrency. */
export const mapping: Check = ({ stack }) =>
  readers(stack).flatMap(({ queue, mapping: one }) => {
    const read = all(stack, "sqs/queue:Queue").find(({ name }) => name === `${queue}Queue`);
    return refused(one, read?.inputs["fifoQueue"] === true, text(one, "eventSourceArn")).map(
      (why) => `Lambda does not read ${queue} so: ${why}`,
    );
  });

function refused({ inputs }: Resource, isFifo: boolean, arn: string): string[] {
  const size = Number(inputs["batchSize"]);
  const window = Number(inputs["maximumBatchingWindowInSeconds"] ?? 0);
  const most = part(inputs, "scalingConfig")["maximumConcurrency"];
  return [
    ...(size >= 1 && size <= (isFifo ? 10 : 10_000) ? [] : [`a batch of ${size}`]),
    ...(size > 10 && window < 1 ? [`a batch of ${size} without a window`] : []),
    ...(window > (isFifo ? 0 : 300) ? [`a window of ${window} s`] : []),
    ...(most === undefined || (Number(most) >= 2 && Number(most) <= 1_000) ? [] : [`${Number(most)} at once`]),
    ...(isFifo === arn.endsWith(".fifo") ? [] : [`${arn} is of another kind`]),
  ];
}
