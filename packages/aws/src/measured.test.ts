import { expect, it } from "vitest";
import { createLog } from "./log/log.ts";
import { measured } from "./measured.ts";
import { createMetrics } from "./metrics.ts";

function setUp(stage: string | undefined) {
  const [metrics, lines, lost] = [createMetrics(), [] as string[], [] as unknown[]];
  const write = (line: string) => void lines.push(line);
  return {
    metrics,
    lines,
    lost,
    given: { metrics, stage: () => stage, write, lost: (error: unknown) => void lost.push(error) },
  };
}

it("writes what an invocation counted, once, at its end", async () => {
  const { metrics, lines, given } = setUp("production");
  const handler = measured("dispatch", (n: number) => Promise.resolve(metrics.count("sent", n)), given);
  await handler(2);
  await handler(3);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { stage: "production", function: "dispatch", sent: 2 },
    { stage: "production", function: "dispatch", sent: 3 },
  ]);
});

it("writes what was counted before an invocation failed", async () => {
  const { metrics, lines, given } = setUp("production");
  const failing = () => {
    metrics.count("failed");
    return Promise.reject(new Error("down"));
  };
  await expect(measured("dispatch", failing, given)()).rejects.toThrow("down");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ failed: 1 }]);
});

it("ends as the handler does when what it counted cannot be written", async () => {
  const { metrics, lost, given } = setUp("production");
  const error = new Error("EPIPE");
  const broken = {
    ...given,
    write: () => {
      throw error;
    },
  };
  const done = () => Promise.resolve(metrics.count("sent"));
  const failing = () => {
    metrics.count("failed");
    return Promise.reject(new Error("down"));
  };
  await expect(measured("dispatch", done, broken)()).resolves.toBeUndefined();
  await expect(measured("dispatch", failing, broken)()).rejects.toThrow("down");
  expect(lost).toEqual([error, error]);
});

it("writes nothing where nobody reads metrics, and keeps nothing for later", async () => {
  const { metrics, lines, given } = setUp(undefined);
  await measured("dispatch", () => Promise.resolve(metrics.count("sent")), given)();
  expect(lines).toEqual([]);
  expect(metrics.flush({ stage: "s", function: "f" }, 1)).toEqual([]);
});

it("has log lines carry the invocation's id", async () => {
  const { given } = setUp(undefined);
  const logged: unknown[] = [];
  const line = (_message: unknown, fields?: unknown) => void logged.push(fields);
  const log = createLog({ info: line, warn: line, error: line } as Parameters<typeof createLog>[0]);
  const handler = measured(
    "tick",
    async (_event: unknown, _context?: unknown) => log.info("looked", { count: 1 }),
    given,
  );
  await handler({}, { awsRequestId: "invocation-1" });
  await handler({});
  expect(logged).toEqual([{ invocation: "invocation-1", count: 1 }, { count: 1 }]);
});
