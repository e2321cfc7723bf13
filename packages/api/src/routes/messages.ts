import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { download } from "../download.ts";
import { pageQuery } from "../schemas/page.ts";
import { query } from "../validation.ts";

const object = "message" as const;

// Loaded when asked for, so that the cold start of a function that sends mail does not read them
const core = () => import("@posthouse/core/thread/history");
const files = () => import("@posthouse/core/thread/attachment");

/** `/v1/threads/{model}/{record_id}/messages`: what was said on a record, and what became of telling it. */
export const messages = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .get("/:model/:record_id/messages", query(pageQuery), async (c) => {
      const { list } = await core();
      const { data, ...page } = await list(ports, c.var.version, c.req.param(), defined(c.req.valid("query")));
      return c.json({ object: "list" as const, data: data.map((one) => ({ object, ...one })), ...page });
    })
    .get("/:model/:record_id/messages/:id", async (c) => {
      const { id, ...ref } = c.req.param();
      const { get } = await core();
      return c.json({ object, ...(await get(ports, c.var.version, ref, id)) });
    })
    .get("/:model/:record_id/messages/:id/notifications", query(pageQuery), async (c) => {
      const { id, ...ref } = c.req.param();
      const { notifications } = await core();
      const found = await notifications(ports, c.var.version, ref, id, defined(c.req.valid("query")));
      return c.json({ object: "list" as const, ...found });
    })
    .get("/:model/:record_id/messages/:id/attachments/:n", async (c) => {
      const { id, n, ...ref } = c.req.param();
      const { read } = await files();
      const file = await read(ports, c.var.version, ref, id, n);
      return "link" in file ? c.redirect(file.link, 303) : download(c, file);
    });
