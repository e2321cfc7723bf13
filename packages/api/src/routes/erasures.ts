import type { ErasureView } from "@posthouse/core/erasure/record";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { idempotency } from "../idempotency.ts";
import * as Schema from "../schemas/erasure.ts";
import { pageQuery } from "../schemas/page.ts";
import { json, query } from "../validation.ts";

const object = "erasure" as const;

/** What is not through yet is accepted, and goes on by itself. */
const status = ({ status }: ErasureView) => (status === "done" ? 200 : 202);

/** `/v1/erasures`: all that is stored of one recipient. Seldom asked for, so loaded then. */
export const erasures = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.create), async (c) => {
      const body = c.req.valid("json");
      const { erase } = await import("@posthouse/core/erasure/erasure");
      const found = await erase(ports, c.var.version, body, idempotency(c, body));
      return c.json({ object, ...found }, status(found));
    })
    .get("/", query(pageQuery), async (c) => {
      const { list } = await import("@posthouse/core/erasure/erasure");
      const { data, has_more } = await list(ports, c.var.version.id, c.req.valid("query"));
      return c.json({ object: "list" as const, data: data.map((each) => ({ object, ...each })), has_more });
    })
    .get("/:id", async (c) => {
      const { get } = await import("@posthouse/core/erasure/erasure");
      return c.json({ object, ...(await get(ports, c.var.version.id, c.req.param("id"))) });
    });
