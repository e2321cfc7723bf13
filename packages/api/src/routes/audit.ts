import type { Entry } from "@posthouse/core/audit/entry";
import { list } from "@posthouse/core/audit/list";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { pageQuery } from "../schemas/page.ts";
import { query } from "../validation.ts";

/** An entry of the audit trail as it is answered. */
export const showEntry = (entry: Entry) => ({ object: "audit_entry" as const, ...entry });

/** `/v1/audit`: who changed what of the configuration, newest first. */
export const audit = (ports: AppPorts) =>
  new Hono<AppEnv>().get("/", query(pageQuery), async (c) => {
    const { data, has_more } = await list(ports, c.var.version.id, c.req.valid("query"));
    return c.json({ object: "list" as const, data: data.map(showEntry), has_more });
  });
