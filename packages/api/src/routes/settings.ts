import { patch } from "@posthouse/core/settings/patch";
import { get } from "@posthouse/core/settings/view";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import * as Schema from "../schemas/settings.ts";
import { json } from "../validation.ts";

const object = "settings" as const;

/** `/v1/settings` */
export const settings = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .get("/", async (c) => c.json({ object, ...(await get(ports, c.var.version)) }))
    .patch("/", json(Schema.patch), async (c) =>
      c.json({ object, ...(await patch(ports, c.var.version, c.req.valid("json"))) }),
    );
