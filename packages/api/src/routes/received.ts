import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import * as Schema from "../schemas/received.ts";
import { query } from "../validation.ts";

const object = "received" as const;

/** Loaded when asked for, so that the cold start of a function that sends mail does not read it. */
const inbound = () => import("@posthouse/core/inbound/list");

/** `/v1/received`: mail that came in and that the application has not said it has. */
export const received = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .get("/", query(Schema.listQuery), async (c) => {
      const { list } = await inbound();
      const { data, ...page } = await list(ports, c.var.version.id, defined(c.req.valid("query")));
      return c.json({ object: "list" as const, data: data.map((each) => ({ object, ...each })), ...page });
    })
    .get("/:id", async (c) => {
      const { get } = await inbound();
      return c.json({ object, ...(await get(ports, c.var.version.id, c.req.param("id"))) });
    })
    .get("/:id/raw", async (c) => {
      const { raw } = await inbound();
      const mime = await raw(ports, c.var.version.id, c.req.param("id"));
      if ("link" in mime) return c.redirect(mime.link, 303);
      return c.body(new Uint8Array(mime), 200, { "content-type": "message/rfc822" });
    })
    .post("/:id/confirm", async (c) => {
      const { confirm } = await inbound();
      return c.json({ object, ...(await confirm(ports, c.var.version.id, c.req.param("id"))) });
    });
