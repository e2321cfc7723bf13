import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver } from "../../../test/support/database.ts";
import { startSink } from "../../../test/support/sink.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

it("R-LIM-5 the usage shows servers with limits of their own, what they have used and who waits", async () => {
  const sink = await startSink();
  const { key } = await api.database();
  const call = (method: string, path: string, body?: unknown) => api.call(method, path, body, { key });
  const connection = { host: "127.0.0.1", port: sink.port, encryption: "none" };
  const usage = async () => (await call("GET", "/v1/usage")).body["servers"];
  const { body: free } = await call("POST", "/v1/servers", { name: "free", priority: 20, ...connection });
  expect(free.id).toMatch(/^srv_/);
  expect(await usage()).toEqual([]);
  const { body: own } = await call("POST", "/v1/servers", { name: "own", limit_per_day: 1, ...connection });
  const mail = { from: "mary@example.com", subject: "Hello", text: "Hello." };
  for (const to of ["a@a.test", "b@a.test", "c@a.test"])
    expect((await call("POST", "/v1/emails", { ...mail, to })).status).toBe(200);
  await deliver(api.machine);
  expect(sink.caught).toHaveLength(1);
  expect(await usage()).toEqual([
    { id: own.id, name: "own", minute: { used: 1, limit: null }, day: { used: 1, limit: 1 }, waiting: 2 },
  ]);
  await sink.close();
});
