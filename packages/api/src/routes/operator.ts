import { listOperators } from "@posthouse/core/audit/list";
import * as Key from "@posthouse/core/key/operator";
import type { OperatorKeyRecord } from "@posthouse/core/key/record";
import * as Settings from "@posthouse/core/operator/patch";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { idempotency } from "../idempotency.ts";
import { page } from "../page.ts";
import * as KeySchema from "../schemas/api-key.ts";
import * as Schema from "../schemas/operator.ts";
import { pageQuery } from "../schemas/page.ts";
import { json, query } from "../validation.ts";
import { showEntry } from "./audit.ts";

const object = "operator_api_key" as const;
const settings = "operator_settings" as const;
const show = <K extends OperatorKeyRecord>({ valid_until, ...key }: K) => ({ object, ...key, expires_at: valid_until });

/** `/v1/operator`: what concerns the whole installation. */
export const operator = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/api-keys", json(KeySchema.createOperators), async (c) => {
      const body = c.req.valid("json");
      return c.json(show(await Key.create(ports, body, idempotency(c, body))), 201);
    })
    .get("/api-keys", query(pageQuery), async (c) => {
      const all = await Key.list(ports);
      return c.json(page(all.map(show), c.req.valid("query")));
    })
    .delete("/api-keys/:id", async (c) => {
      const id = c.req.param("id");
      await Key.remove(ports, id);
      return c.json({ object, id, deleted: true as const });
    })
    .get("/settings", async (c) => c.json({ object: settings, ...(await Settings.get(ports)) }))
    .patch("/settings", json(Schema.patch), async (c) =>
      c.json({ object: settings, ...(await Settings.patch(ports, c.req.valid("json"))) }),
    )
    .get("/migrations", query(pageQuery), async (c) => {
      const { list } = await import("@posthouse/core/migration/list");
      const all = await list(ports);
      return c.json(
        page(
          all.map((one) => ({ object: "migration" as const, ...one })),
          c.req.valid("query"),
        ),
      );
    })
    .get("/audit", query(pageQuery), async (c) => {
      const { data, has_more } = await listOperators(ports, c.req.valid("query"));
      return c.json({ object: "list" as const, data: data.map(showEntry), has_more });
    });
