import type { FollowerRecord } from "@posthouse/core/thread/record";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import * as Schema from "../schemas/thread.ts";
import { json, query } from "../validation.ts";

const thread = "thread" as const;
const follower = "follower" as const;
const show = (one: FollowerRecord) => ({ object: follower, ...one });

// Loaded when asked for, so that the cold start of a function that sends mail does not read them
const core = () => import("@posthouse/core/thread/thread");
const removal = () => import("@posthouse/core/thread/remove");
const followers = () => import("@posthouse/core/thread/follow");

/** `/v1/threads/{model}/{record_id}` (R-NOT): the conversation on a record of the application, and who follows it. */
export const threads = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .put("/:model/:record_id", json(Schema.put), async (c) => {
      const { put } = await core();
      const made = await put(ports, c.var.version, c.req.param(), defined(c.req.valid("json")));
      return c.json({ object: thread, ...made });
    })
    .get("/:model/:record_id", async (c) => {
      const { get } = await core();
      return c.json({ object: thread, ...(await get(ports, c.var.version, c.req.param())) });
    })
    .delete("/:model/:record_id", async (c) => {
      const { remove } = await removal();
      const id = await remove(ports, c.var.version, c.req.param());
      return c.json({ object: thread, id, deleted: true as const });
    })
    .get("/:model/:record_id/followers", query(Schema.listByAddress), async (c) => {
      const { list } = await followers();
      const { data, ...page } = await list(ports, c.var.version, c.req.param(), defined(c.req.valid("query")));
      return c.json({ object: "list" as const, data: data.map(show), ...page });
    })
    .get("/:model/:record_id/followers/:address", async (c) => {
      const { address, ...ref } = c.req.param();
      const { get } = await followers();
      return c.json(show(await get(ports, c.var.version, ref, address)));
    })
    .put("/:model/:record_id/followers/:address", json(Schema.follow), async (c) => {
      const { address, ...ref } = c.req.param();
      const { put } = await followers();
      return c.json(show(await put(ports, c.var.version, ref, address, defined(c.req.valid("json")))));
    })
    .delete("/:model/:record_id/followers/:address", async (c) => {
      const { address: named, ...ref } = c.req.param();
      const { remove } = await followers();
      const address = await remove(ports, c.var.version, ref, named);
      return c.json({ object: follower, address, deleted: true as const });
    });
