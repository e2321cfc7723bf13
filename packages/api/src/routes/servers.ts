import * as Health from "@posthouse/core/server/health";
import * as Server from "@posthouse/core/server/server";
import type { ServerView } from "@posthouse/core/server/view";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { idempotency } from "../idempotency.ts";
import { page } from "../page.ts";
import { pageQuery } from "../schemas/page.ts";
import * as Schema from "../schemas/server.ts";
import { json, query } from "../validation.ts";

const object = "server" as const;
const tested = "server_test" as const;

/** Servers as they are answered, each with its health. */
async function show(ports: AppPorts, db: string, servers: readonly ServerView[]) {
  return (await Health.add(ports, db, servers)).map((server) => ({ object, ...server }));
}

async function showOne(ports: AppPorts, db: string, server: ServerView) {
  const [shown] = await show(ports, db, [server]);
  return shown;
}

/** `/v1/servers`: outgoing mail servers, in routing order. */
export const servers = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.create), async (c) => {
      const body = c.req.valid("json");
      const server = await Server.create(ports, c.var.version, body, idempotency(c, body));
      return c.json(await showOne(ports, c.var.version.id, server), 201);
    })
    .get("/", query(pageQuery), async (c) => {
      const { data, ...list } = page(await Server.list(ports, c.var.version), c.req.valid("query"));
      return c.json({ ...list, data: await show(ports, c.var.version.id, data) });
    })
    .post("/test", json(Schema.test), async (c) => {
      const { unsaved } = await import("@posthouse/core/server/probe");
      return c.json({ object: tested, ...(await unsaved(ports, c.var.version, c.req.valid("json"))) });
    })
    .post("/:id/test", async (c) => {
      const { stored } = await import("@posthouse/core/server/probe");
      return c.json({ object: tested, ...(await stored(ports, c.var.version, c.req.param("id"))) });
    })
    .get("/:id", async (c) => {
      const server = await Server.get(ports, c.var.version, c.req.param("id"));
      return c.json(await showOne(ports, c.var.version.id, server));
    })
    .patch("/:id", json(Schema.patch), async (c) => {
      const server = await Server.patch(ports, c.var.version, c.req.param("id"), c.req.valid("json"));
      return c.json(await showOne(ports, c.var.version.id, server));
    })
    .delete("/:id", query(Schema.removeQuery), async (c) => {
      const id = c.req.param("id");
      const { replacement } = c.req.valid("query");
      await Server.remove(ports, c.var.version, id, replacement === "" || replacement === "null" ? null : replacement);
      return c.json({ object, id, deleted: true as const });
    });
