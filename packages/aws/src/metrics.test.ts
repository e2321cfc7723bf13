import fc from "fast-check";
import { expect, it } from "vitest";
import * as z from "zod";
import { createMetrics, mostValues } from "./metrics.ts";

/** The embedded metric format as AWS specifies it, as far as a line of ours has to do with it. */
const text = (most: number) => z.string().min(1).max(most);
const format = z.object({
  _aws: z.strictObject({
    Timestamp: z.int().min(0),
    CloudWatchMetrics: z
      .array(
        z.strictObject({
          Namespace: text(1_024),
          Dimensions: z.array(z.array(text(250)).max(30)).min(1),
          Metrics: z
            .array(z.strictObject({ Name: text(1_024), Unit: z.enum(["Count", "Milliseconds"]) }))
            .min(1)
            .max(100),
        }),
      )
      .length(1),
  }),
});

/** Reads a line as CloudWatch does: each metric and dimension is a member of the root. */
function read(line: string): Map<string, number[]> {
  const root = JSON.parse(line) as Record<string, unknown>;
  const [directive] = format.parse(root)._aws.CloudWatchMetrics;
  for (const name of directive?.Dimensions.flat() ?? []) text(1_024).parse(root[name]);
  return new Map(
    (directive?.Metrics ?? []).map(({ Name }) => {
      const values = z.union([z.number().transform((one) => [one]), z.array(z.number()).min(1).max(100)]);
      return [Name, values.parse(root[Name])];
    }),
  );
}

const of = { stage: "production", function: "dispatch" };

it("writes one line in the embedded metric format, by stage and function", () => {
  const metrics = createMetrics();
  metrics.count("sent", 3);
  metrics.count("sent");
  metrics.time("queue_wait_ms", 40);
  metrics.time("queue_wait_ms", 60);
  const lines = metrics.flush(of, 1_700_000_000_000);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      _aws: {
        Timestamp: 1_700_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: "Posthouse",
            Dimensions: [["stage", "function"]],
            Metrics: [
              { Name: "sent", Unit: "Count" },
              { Name: "queue_wait_ms", Unit: "Milliseconds" },
            ],
          },
        ],
      },
      ...of,
      sent: 4,
      queue_wait_ms: [40, 60],
    },
  ]);
  expect(metrics.flush(of, 1)).toEqual([]);
});

it("property: whatever is gathered is in valid lines, all of it and once", () => {
  const metrics = createMetrics();
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 3 }), fc.array(fc.nat(), { maxLength: 350 }), (counts, times) => {
      for (const n of counts) metrics.count("accepted", n);
      for (const ms of times) metrics.time("queue_wait_ms", ms);
      const lines = metrics.flush(of, 1).map(read);
      expect(lines.flatMap((line) => line.get("queue_wait_ms") ?? [])).toEqual(times);
      expect(lines.flatMap((line) => line.get("accepted") ?? [])).toEqual(
        counts.length === 0 ? [] : [counts.reduce((sum, n) => sum + n, 0)],
      );
      const least = counts.length === 0 ? 0 : 1;
      expect(lines).toHaveLength(Math.max(least, Math.ceil(times.length / mostValues)));
    }),
  );
});
