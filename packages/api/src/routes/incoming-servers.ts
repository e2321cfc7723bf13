import type { IncomingView } from "@posthouse/core/incoming/view";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { idempotency } from "../idempotency.ts";
import { page } from "../page.ts";
import * as Schema from "../schemas/incoming-server.ts";
import { pageQuery } from "../schemas/page.ts";
import { json, query } from "../validation.ts";

const object = "incoming_server" as const;
const tested = "incoming_server_test" as const;

const show = (server: IncomingView) => ({ object, ...server });

/** Loaded with the first request about incoming servers: most processes never see one. */
const core = () => import("@posthouse/core/incoming/server");
const probe = () => import("@posthouse/core/incoming/probe");

/** `/v1/incoming-servers`: mailboxes elsewhere that mail is fetched from (R-IN-8). */
export const incomingServers = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.create), async (c) => {
      const body = c.req.valid("json");
      const { create } = await core();
      return c.json(show(await create(ports, c.var.version, body, idempotency(c, body))), 201);
    })
    .get("/", query(pageQuery), async (c) => {
      const all = await (await core()).list(ports, c.var.version);
      return c.json(page(all.map(show), c.req.valid("query")));
    })
    .post("/test", json(Schema.test), async (c) => {
      const { unsaved } = await probe();
      return c.json({ object: tested, ...(await unsaved(ports, c.var.version, c.req.valid("json"))) });
    })
    .post("/:id/test", async (c) => {
      const { stored } = await probe();
      return c.json({ object: tested, ...(await stored(ports, c.var.version, c.req.param("id"))) });
    })
    .get("/:id", async (c) => c.json(show(await (await core()).get(ports, c.var.version, c.req.param("id")))))
    .patch("/:id", json(Schema.patch), async (c) => {
      const { patch } = await core();
      return c.json(show(await patch(ports, c.var.version, c.req.param("id"), c.req.valid("json"))));
    })
    .delete("/:id", async (c) => {
      const id = c.req.param("id");
      await (await core()).remove(ports, c.var.version, id);
      return c.json({ object, id, deleted: true as const });
    });
