import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { startTestPorts, type TestOptions, type TestPorts } from "@posthouse/local/testing";
import { expect } from "vitest";
import type * as z from "zod";
import * as Answer from "../scripts/reference/answers.ts";
import { errorsOf, routes, statusesOf } from "../scripts/reference/document.ts";
import type { Route } from "../scripts/reference/route.ts";
import { administration } from "../src/administration.ts";
import { createApp } from "../src/app.ts";
import type { AppPorts } from "../src/context.ts";
import { sending } from "../src/sending.ts";

/** An answer with its body read; JSON bodies have been checked against the reference. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  /** The body as it came. */
  readonly text: string;
}

/** What tests read of bodies by name; an answer has some of it. */
export interface Body {
  readonly [other: string]: unknown;
  readonly id: string;
  readonly name: string;
  readonly message: string;
  readonly token: string;
  readonly api_key: string;
  readonly data: readonly Body[];
  readonly warnings: readonly Body[];
  readonly details: { readonly field: string; readonly resets_at: string };
  readonly components: Readonly<Record<string, object>>;
}

/** What a call may have beside method and path. */
export interface CallOptions {
  readonly key?: string;
  readonly headers?: Record<string, string>;
}

/** The API on an embedded AWS of its own. */
export interface Api {
  readonly app: ReturnType<typeof createApp>;
  /** All that is served, as `POST /v1/domains/:id/verify`. */
  readonly served: readonly { readonly method: string; readonly path: string }[];
  readonly machine: TestPorts;
  readonly operatorKey: string;
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answered>;
  /** A new database and the token of its key. */
  database(name?: string, input?: object): Promise<{ name: string; key: string }>;
  close(): Promise<void>;
}

/** The same behind a port of this machine. */
export interface ServedApi extends Api {
  /** Up to and with `/v1`. */
  readonly baseUrl: string;
}

let named = 0;

/** Starts the API in this process. */
export async function startApi(ports: Partial<AppPorts> = {}, options: TestOptions = {}): Promise<Api> {
  const machine = await startTestPorts(options);
  const operatorKey = "operator-key-of-the-tests";
  const given = { ...machine.ports, operatorKey, ...ports };
  const app = createApp(given);
  const call: Api["call"] = async (method, path, body, { key = operatorKey, headers = {} } = {}) => {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const response = await app.request(path, {
      method,
      headers: {
        ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
        ...(text === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    });
    const answered = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: read(method, path, response, answered),
      text: answered,
    };
  };
  return {
    app,
    served: [sending(given), administration(given)].flatMap(({ routes }) => routes),
    machine,
    operatorKey,
    call,
    async database(name = `db${named++}`, input = {}) {
      const { status, body } = await call("POST", "/v1/databases", { name, ...input });
      expect(status).toBe(201);
      return { name, key: body.api_key };
    },
    close: () => machine.close(),
  };
}

/** Starts the API in this process, and serves it on a free port. */
export async function serveApi(): Promise<ServedApi> {
  const api = await startApi();
  const server = serve({ fetch: api.app.fetch, port: 0, hostname: "127.0.0.1" });
  await new Promise<void>((resolve) => server.once("listening", resolve));
  return {
    ...api,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await api.close();
    },
  };
}

/** What was answered is in the reference: its status, the name of an error, and the body of JSON. */
function read(method: string, path: string, response: Response, text: string): Body {
  const route = documented(method, path);
  if (route) expect(statusesOf(route), `${method} ${path} answers ${response.status}`).toContain(response.status);
  if (!response.headers.get("content-type")?.startsWith("application/json")) return {} as Body;
  const body: unknown = JSON.parse(text);
  const schema = response.ok ? answerOf(method, path, route) : Answer.error;
  const checked = schema.safeParse(body);
  expect(checked.success ? [] : checked.error.issues, `${method} ${path} as documented`).toEqual([]);
  if (route && !response.ok) expect(errorsOf(route), `${method} ${path} as documented`).toContain((body as Body).name);
  return body as Body;
}

/** The schema of what an operation answers; one that is not in the reference fails. */
function answerOf(method: string, path: string, route: Route | undefined): z.ZodType {
  if (!route || typeof route.answer === "string") throw new Error(`${method} ${path} is not documented`);
  return route.answer;
}

/** The operation of a request, where there is one. */
function documented(method: string, path: string): Route | undefined {
  const parts = (path.split("?")[0] ?? "").split("/");
  return routes.find((each) => {
    const pattern = each.path.split("/");
    const same =
      pattern.length === parts.length && pattern.every((part, n) => part.startsWith("{") || part === parts[n]);
    return same && each.method === method.toLowerCase();
  });
}
