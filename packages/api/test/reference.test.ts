import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { document, routes } from "../scripts/reference/document.ts";
import { escape } from "../src/reference/html.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

it("openapi.json is what the schemas say: after a change run `npm run openapi`", async () => {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  const written = await readFile(new URL("../openapi.json", import.meta.url), "utf8");
  expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(document(version))));
});

it("every route is in the reference, and nothing else", () => {
  const served = api.served
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  const documented = routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect([...new Set(served)].toSorted()).toEqual(documented.toSorted());
});

it("every reference in the document leads somewhere, and every operation has a name of its own", async () => {
  const { body } = await api.call("GET", "/v1/openapi.json", undefined, { key: "" });
  const text = JSON.stringify(body);
  for (const [, kind = "", name = ""] of text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g))
    expect(body.components[kind]).toHaveProperty(name);
  expect(text).not.toContain("$defs");
  const names = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, name]) => name);
  expect(new Set(names).size).toBe(routes.length);
});

it("/docs is one page that loads nothing from elsewhere", async () => {
  const { status, headers, text } = await api.call("GET", "/docs", undefined, { key: "" });
  expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
  expect(text).not.toMatch(/<script|<link|<img|src=|@import|url\(|https?:/i);
  for (const { summary, path } of routes) {
    expect(text).toContain(`<h3>${escape(summary)}</h3>`);
    expect(text).toContain(`<code>${path}</code>`);
  }
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
});
