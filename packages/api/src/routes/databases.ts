import { create } from "@posthouse/core/database/create";
import { get, list } from "@posthouse/core/database/list";
import { patch } from "@posthouse/core/database/patch";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { idempotency } from "../idempotency.ts";
import * as Schema from "../schemas/database.ts";
import { pageQuery } from "../schemas/page.ts";
import { json, query } from "../validation.ts";

const object = "database" as const;

/** `/v1/databases`: the operator's. */
export const databases = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.create), async (c) => {
      const body = c.req.valid("json");
      const { database, api_key } = await create(ports, body, idempotency(c, body));
      return c.json({ object, ...database, api_key }, 201);
    })
    .post("/:name/copy", json(Schema.copy), async (c) => {
      const body = c.req.valid("json");
      // With what a deletion needs, seldom asked for: loaded then, so that a cold start does not read it
      const { copy } = await import("@posthouse/core/database/copy");
      const { database, ...more } = await copy(ports, c.req.param("name"), body, idempotency(c, body));
      return c.json({ object, ...database, ...more }, 201);
    })
    .get("/", query(pageQuery), async (c) => {
      const { data, has_more } = await list(ports, c.req.valid("query"));
      return c.json({ object: "list" as const, data: data.map((each) => ({ object, ...each })), has_more });
    })
    .get("/:name", async (c) => c.json({ object, ...(await get(ports, c.req.param("name"))) }))
    .get("/:name/ses", async (c) => {
      // Three management calls at SES, which takes about one a second: asked for by itself
      const { tenant } = await import("@posthouse/core/reputation/tenant");
      return c.json({ object: "ses_tenant" as const, ...(await tenant(ports, c.req.param("name"))) });
    })
    .patch("/:name", json(Schema.patch), async (c) => {
      await patch(ports, c.req.param("name"), defined(c.req.valid("json")));
      return c.json({ object, ...(await get(ports, c.req.param("name"))) });
    })
    .delete("/:name", async (c) => {
      const name = c.req.param("name");
      const { remove } = await import("@posthouse/core/database/remove");
      const deleted = await remove(ports, name);
      // What was too much for one call is finished by the next: the caller sees that there is more
      return c.json(
        { object, name, deleted, ...(deleted ? {} : { status: "deleting" as const }) },
        deleted ? 200 : 202,
      );
    });
