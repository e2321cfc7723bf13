import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import * as Schema from "../schemas/doctor.ts";
import { query } from "../validation.ts";

/** `/v1/doctor`: the operator's. */
export const doctor = (ports: AppPorts) =>
  new Hono<AppEnv>().get("/", query(Schema.query), async (c) => {
    // Whoever only asks whether it is there wants no mail sent
    if (c.req.method === "HEAD") return c.body(null);
    const { probe } = c.req.valid("query");
    const { ask, examine } = await import("@posthouse/core/doctor/examine");
    const report = await (probe === undefined ? examine(ports) : ask(ports, probe));
    return c.json({ object: "doctor" as const, ...report });
  });
