import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import * as Schema from "../schemas/thread.ts";
import { query } from "../validation.ts";

const object = "inbox_entry" as const;

/** Loaded when asked for, so that the cold start of a function that sends mail does not read it. */
const core = () => import("@posthouse/core/inbox/inbox");

/** `/v1/inbox` (R-NOT-1): what users are told within the application. */
export const inbox = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .get("/", query(Schema.inbox), async (c) => {
      const { unread, ...asked } = c.req.valid("query");
      const { list } = await core();
      const { data, ...page } = await list(ports, c.var.version.id, { ...defined(asked), unread: unread === "true" });
      return c.json({ object: "list" as const, data: data.map((entry) => ({ object, ...entry })), ...page });
    })
    .post("/:id/read", async (c) => {
      const { read } = await core();
      return c.json({ object, ...(await read(ports, c.var.version.id, c.req.param("id"))) });
    });
