import * as Probe from "@posthouse/core/server/probe";
import * as Server from "@posthouse/core/server/server";
import type { ServerView } from "@posthouse/core/server/view";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { page } from "../page.ts";
import { pageQuery } from "../schemas/page.ts";
import * as Schema from "../schemas/server.ts";
import { json, query } from "../validation.ts";

const object = "server" as const;
const show = (server: ServerView) => ({ object, ...server });

/** `/v1/servers`: outgoing mail servers, in routing order. */
export const servers = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.create), async (c) =>
      c.json(show(await Server.create(ports, c.var.version, c.req.valid("json"))), 201),
    )
    .get("/", query(pageQuery), async (c) => {
      const all = await Server.list(ports, c.var.version);
      return c.json(page(all.map(show), c.req.valid("query")));
    })
    .post("/test", json(Schema.test), async (c) =>
      c.json({ object: "server_test" as const, ...(await Probe.unsaved(ports, c.var.version, c.req.valid("json"))) }),
    )
    .post("/:id/test", async (c) =>
      c.json({ object: "server_test" as const, ...(await Probe.stored(ports, c.var.version, c.req.param("id"))) }),
    )
    .get("/:id", async (c) => c.json(show(await Server.get(ports, c.var.version, c.req.param("id")))))
    .patch("/:id", json(Schema.patch), async (c) =>
      c.json(show(await Server.patch(ports, c.var.version, c.req.param("id"), c.req.valid("json")))),
    )
    .delete("/:id", query(Schema.removeQuery), async (c) => {
      const id = c.req.param("id");
      const { replacement } = c.req.valid("query");
      await Server.remove(ports, c.var.version, id, replacement === "" || replacement === "null" ? null : replacement);
      return c.json({ object, id, deleted: true as const });
    });
