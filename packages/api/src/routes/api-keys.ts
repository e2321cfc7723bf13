import * as Key from "@posthouse/core/key/key";
import type { KeyRecord } from "@posthouse/core/key/record";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { idempotency } from "../idempotency.ts";
import { page } from "../page.ts";
import * as Schema from "../schemas/api-key.ts";
import { pageQuery } from "../schemas/page.ts";
import { json, query } from "../validation.ts";

const object = "api_key" as const;

const show = <K extends KeyRecord>({ valid_until, ...key }: K) => ({ object, ...key, expires_at: valid_until });

/** `/v1/api-keys` */
export const apiKeys = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.create), async (c) => {
      const given = c.req.valid("json");
      const { domain_id, domains = domain_id === undefined ? undefined : [domain_id], ...body } = given;
      const created = await Key.create(ports, c.var.version, { ...body, domains }, idempotency(c, given));
      return c.json(show(created), 201);
    })
    .get("/", query(pageQuery), async (c) => {
      const all = await Key.list(ports, c.var.version.id);
      return c.json(page(all.map(show), c.req.valid("query")));
    })
    .patch("/:id", json(Schema.patch), async (c) => {
      const id = c.req.param("id");
      await Key.rename(ports, c.var.version.id, id, c.req.valid("json").name);
      return c.json({ object, id });
    })
    .delete("/:id", async (c) => {
      const id = c.req.param("id");
      await Key.remove(ports, c.var.version.id, id);
      return c.json({ object, id, deleted: true as const });
    });
