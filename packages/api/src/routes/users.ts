import type { UserRecord } from "@posthouse/core/user/user";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import * as Schema from "../schemas/thread.ts";
import { json, query } from "../validation.ts";

const object = "user" as const;
const show = (user: UserRecord) => ({ object, ...user });

/** Loaded when asked for, so that the cold start of a function that sends mail does not read it. */
const core = () => import("@posthouse/core/user/change");

/** `/v1/users` (R-NOT-1): who has an account in the application, and how they are told. */
export const users = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .get("/", query(Schema.listByAddress), async (c) => {
      const { list } = await core();
      const { data, ...page } = await list(ports, c.var.version.id, defined(c.req.valid("query")));
      return c.json({ object: "list" as const, data: data.map(show), ...page });
    })
    .get("/:address", async (c) => {
      const { get } = await core();
      return c.json(show(await get(ports, c.var.version.id, c.req.param("address"))));
    })
    .put("/:address", json(Schema.user), async (c) => {
      const { put } = await core();
      return c.json(show(await put(ports, c.var.version.id, c.req.param("address"), defined(c.req.valid("json")))));
    })
    .delete("/:address", async (c) => {
      const { remove } = await core();
      const address = await remove(ports, c.var.version.id, c.req.param("address"));
      return c.json({ object, address, deleted: true as const });
    });
