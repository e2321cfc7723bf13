import { createMetrics } from "@posthouse/aws/metrics";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Api, startApi } from "./client.ts";

let api: Api;
const metrics = createMetrics();
beforeAll(async () => {
  api = await startApi({ metrics });
});
afterAll(() => api.close());

const mail = { to: "b@b.example", subject: "x", text: "y" };

it("a request is logged with the email that it made, or asked for", async () => {
  const { key } = await api.database("observed");
  const from = "a@observed.posthouse.test";
  const made = await api.call("POST", "/v1/emails", { ...mail, from }, { key });
  await api.call("GET", `/v1/emails/${made.body.id}`, undefined, { key });
  await api.call("GET", "/v1/emails/mary@b.example", undefined, { key });
  const lines = api.machine.log.filter(
    ({ message, operation }) => message === "request" && operation?.includes("emails"),
  );
  expect(lines.map(({ operation, email }) => [operation, email])).toEqual([
    ["POST /v1/emails", made.body.id],
    ["GET /v1/emails/:id", made.body.id],
    ["GET /v1/emails/:id", undefined],
  ]);
  expect(lines[0]?.request_id).toBe(made.headers.get("x-request-id"));
});

it("R-LIM-3 a request that a limit refuses is counted", async () => {
  const { key } = await api.database("refused", { daily_limit: 1 });
  const from = "a@refused.posthouse.test";
  const counted = async () => {
    await api.call("POST", "/v1/emails", { ...mail, from }, { key });
    return metrics.flush({ stage: "s", function: "api" }, 1).map((line) => JSON.parse(line) as object);
  };
  expect(await counted()).toEqual([]);
  expect(await counted()).toMatchObject([{ limit_refused: 1 }]);
});
