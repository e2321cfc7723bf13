import { Hono } from "hono";
import type { AppEnv } from "../context.ts";

/** Nothing but the page's own styles is loaded or run. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Loaded when it is asked for: a tenth of the bundle that no other request needs. */
const description = async () => (await import("../../openapi.json", { with: { type: "json" } })).default;

/** `/v1/health`, `/v1/openapi.json`, `/docs`: without a key. */
export const reference = () => {
  let html: string | undefined;
  return new Hono<AppEnv>()
    .get("/v1/health", (c) => c.json({ status: "ok" as const }))
    .get("/v1/openapi.json", async (c) => c.json(await description()))
    .get("/docs", async (c) => {
      const { render } = await import("../reference/html.ts");
      html ??= render(await description());
      c.header("content-security-policy", policy);
      c.header("cache-control", "max-age=300");
      return c.html(html);
    });
};
