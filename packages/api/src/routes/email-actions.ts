import { cancel } from "@posthouse/core/email/cancel";
import { reschedule } from "@posthouse/core/email/reschedule";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import * as Schema from "../schemas/email.ts";
import { json } from "../validation.ts";

const object = "email" as const;

/** What is done with an email that was accepted: `/v1/emails/{id}`, `/v1/emails/{id}/cancel` */
export const emailActions = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .patch("/:id", json(Schema.patch), async (c) => {
      const id = c.req.param("id");
      await reschedule(ports, c.var.version.id, id, c.req.valid("json").scheduled_at);
      return c.json({ object, id });
    })
    .post("/:id/cancel", async (c) => {
      const id = c.req.param("id");
      await cancel(ports, c.var.version.id, id);
      return c.json({ object, id });
    });
