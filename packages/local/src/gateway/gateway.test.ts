import { request as httpRequest } from "node:http";
import { systemClock } from "@posthouse/aws/clock";
import { Hono } from "hono";
import { handle } from "hono/aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ApiHandler, type Gateway, startGateway } from "./gateway.ts";
import { ownRoutes } from "./own.ts";

const ignore = (): void => undefined;
const slow = { begin: ignore, end: ignore };
const app = new Hono()
  .all("/echo/*", async (c) => {
    c.header("set-cookie", "a=1; Path=/");
    c.header("set-cookie", "b=2", { append: true });
    const body = Buffer.from(await c.req.arrayBuffer()).toString("base64");
    return c.json(
      { method: c.req.method, path: c.req.path, query: c.req.queries("q") ?? [], headers: c.req.header(), body },
      201,
    );
  })
  .get("/bytes", (c) => c.body(new Uint8Array([0, 255, 13, 10]), 200, { "content-type": "message/rfc822" }))
  .get("/large", (c) => c.body(new Uint8Array(5_000_000), 200, { "content-type": "message/rfc822" }))
  .get("/nothing", (c) => c.body(null, 204))
  .get("/slow", async (c) => {
    const ended = new Promise<void>((resolve) => (slow.end = resolve));
    slow.begin();
    await ended;
    return c.text("done");
  })
  .get("/throws", () => {
    throw new TypeError("no");
  })
  .onError((error) => {
    throw error;
  });

const own = {
  info: () => ({ url: "http://localhost:1", smtp_port: 2525, data_dir: "/data", root_domain: "posthouse.test" }),
  mailbox: {
    list: (limit = 2) => [{ id: "2" }, { id: "1" }].slice(0, limit),
    raw: (id: string) => (id === "1" ? Buffer.from([0, 255]) : undefined),
  },
  advance: (ms: number) => void advanced.push(ms),
};
const advanced: number[] = [];
const errors: string[] = [];
const log = { info: ignore, warn: ignore, error: (message: string) => void errors.push(message) };

let gateway: Gateway;
let url: string;
const start = (key?: string): Promise<Gateway> =>
  startGateway({
    port: 0,
    host: "127.0.0.1",
    handler: handle(app) as unknown as ApiHandler,
    own: ownRoutes({ ...own, ...(key !== undefined && { key }) }),
    clock: systemClock,
    log,
  });
beforeAll(async () => {
  gateway = await start();
  url = `http://127.0.0.1:${gateway.port}`;
});
afterAll(() => gateway.close());
beforeEach(() => {
  errors.length = 0;
});

const post = (path: string, body: string | Uint8Array<ArrayBuffer>, type = "application/json") =>
  fetch(url + path, { method: "POST", body, headers: { "content-type": type } });

describe("the gateway", () => {
  it("brings method, path, query, headers and body to the function, and its answer back", async () => {
    const response = await fetch(`${url}/echo/a%20b?q=1&q=%C3%BC`, {
      method: "PUT",
      body: '{"text":"ü"}',
      headers: { "content-type": "application/json", "X-Own": "yes", cookie: "s=1; t=2" },
    });
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"]);
    const echo = (await response.json()) as { headers: Record<string, string>; body: string };
    expect(echo).toMatchObject({ method: "PUT", path: "/echo/a b", query: ["1", "ü"] });
    expect(echo.headers).toMatchObject({ "x-own": "yes", cookie: "s=1; t=2" });
    expect(Buffer.from(echo.body, "base64").toString()).toBe('{"text":"ü"}');
  });

  it("keeps bytes as they are, both ways", async () => {
    const bytes = Uint8Array.from({ length: 512 }, (_, n) => n % 256);
    const { body } = (await (await post("/echo/x", bytes, "message/rfc822")).json()) as { body: string };
    expect(Buffer.from(body, "base64").equals(bytes)).toBe(true);
    const answer = await fetch(`${url}/bytes`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from([0, 255, 13, 10]));
  });

  it("answers without a body", async () => {
    const response = await fetch(`${url}/nothing`);
    expect([response.status, await response.text()]).toEqual([204, ""]);
  });

  it("takes 6 MB and no more, counted as Lambda does", async () => {
    expect((await post("/echo/x", "x".repeat(4_000_000))).status).toBe(201);
    const answers = await Promise.all([
      post("/echo/x", "x".repeat(6_291_457)),
      post("/echo/x", "x".repeat(20_000_000)),
      // base64 makes 4.8 MB of bytes 6.4 MB.
      post("/echo/x", new Uint8Array(4_800_000), "application/octet-stream"),
    ]);
    for (const response of answers) {
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ statusCode: 413, name: "request_too_large" });
    }
    expect(errors).toEqual([]);
  });

  it.each(["/large", "/throws"])("answers 500 without a word of the cause: %s", async (path) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ name: "internal_server_error" });
    expect(errors).toEqual(["a request could not be answered"]);
  });

  it("outlives a caller that hangs up, and one that sends a strange target", async () => {
    await new Promise<void>((resolve) => {
      const request = httpRequest(`${url}/echo/x`, { method: "POST", headers: { "content-length": "1000" } });
      request.on("error", () => resolve());
      request.write("half");
      setTimeout(() => request.destroy(new Error("hung up")), 20);
    });
    const odd = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest({
        port: gateway.port,
        host: "127.0.0.1",
        path: "//echo/[x",
        headers: { host: "a b" },
      });
      request
        .on("response", (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
    expect(odd).toBe(404);
    expect((await fetch(`${url}/nothing`)).status).toBe(204);
    expect(errors).toEqual([]);
  });

  it("waits for requests under way when it closes, and leaves no connection open", async () => {
    const other = await start();
    const begun = new Promise<void>((resolve) => (slow.begin = resolve));
    const answer = fetch(`http://127.0.0.1:${other.port}/slow`);
    await begun;
    const closed = other.close();
    slow.end();
    expect(await (await answer).text()).toBe("done");
    await closed;
    await expect(fetch(`http://127.0.0.1:${other.port}/nothing`)).rejects.toThrow();
  });
});

describe("the machine's own routes", () => {
  const get = async (path: string) => (await fetch(url + path)).json();

  it("tell about the machine and list the mailbox", async () => {
    expect(await get("/_local/info")).toEqual(own.info());
    expect(await get("/_local/mailbox")).toEqual({ data: [{ id: "2" }, { id: "1" }] });
    expect(await get("/_local/mailbox?limit=1")).toEqual({ data: [{ id: "2" }] });
    const raw = await fetch(`${url}/_local/mailbox/1/raw`);
    expect(raw.headers.get("content-type")).toBe("message/rfc822");
    expect(Buffer.from(await raw.arrayBuffer())).toEqual(Buffer.from([0, 255]));
  });

  it("move the clock on", async () => {
    expect((await post("/_local/clock", '{"advance_s":90}')).status).toBe(200);
    expect(advanced).toEqual([90_000]);
  });

  it.each([
    ["POST", "/_local/clock", '{"advance_s":-1}', 422],
    ["POST", "/_local/clock", "advance!", 422],
    ["GET", "/_local/mailbox?limit=0", undefined, 422],
    ["GET", "/_local/mailbox/%zz/raw", undefined, 404],
    ["GET", "/_local/nothing", undefined, 404],
  ])("%s %s %s is answered %i", async (method, path, body, status) => {
    const response = await fetch(url + path, { method, ...(body !== undefined && { body }) });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ statusCode: status, message: expect.any(String) });
  });

  it("answer no page that had its own name lead here", async () => {
    const status = await new Promise((resolve, reject) => {
      const options = {
        port: gateway.port,
        host: "127.0.0.1",
        path: "/_local/mailbox",
        headers: { host: "evil.example" },
      };
      httpRequest(options, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(401);
  });

  it("ask for the operator key where others can get at them", async () => {
    const open = await start("ph_op_secret");
    const info = `http://127.0.0.1:${open.port}/_local/info`;
    expect((await fetch(info)).status).toBe(401);
    expect((await fetch(info, { headers: { authorization: "Bearer ph_op_other!" } })).status).toBe(401);
    expect((await fetch(info, { headers: { authorization: "Bearer ph_op_secret" } })).status).toBe(200);
    await open.close();
  });
});
