import type { AliasView } from "@posthouse/core/alias/alias";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { idempotency } from "../idempotency.ts";
import * as Schema from "../schemas/alias.ts";
import { pageQuery } from "../schemas/page.ts";
import { json, query } from "../validation.ts";

const object = "alias" as const;
const show = (alias: AliasView) => ({ object, ...alias });

/** Loaded with the first request about aliases: most processes never see one. */
const core = () => import("@posthouse/core/alias/alias");

/** `/v1/aliases` (R-IN-3): the addresses whose mail becomes a record, or an entry of one, in the order of their letters. */
export const aliases = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.create), async (c) => {
      const body = c.req.valid("json");
      const { create } = await core();
      return c.json(show(await create(ports, c.var.version, body, idempotency(c, body))), 201);
    })
    .get("/", query(pageQuery), async (c) => {
      const { list } = await core();
      const { data, has_more } = await list(ports, c.var.version, defined(c.req.valid("query")));
      return c.json({ object: "list" as const, data: data.map(show), has_more });
    })
    .get("/:id", async (c) => c.json(show(await (await core()).get(ports, c.var.version, c.req.param("id")))))
    .patch("/:id", json(Schema.patch), async (c) => {
      const { patch } = await core();
      return c.json(show(await patch(ports, c.var.version, c.req.param("id"), c.req.valid("json"))));
    })
    .delete("/:id", async (c) => {
      const id = c.req.param("id");
      const { remove } = await core();
      await remove(ports, c.var.version, id);
      return c.json({ object, id, deleted: true as const });
    });
