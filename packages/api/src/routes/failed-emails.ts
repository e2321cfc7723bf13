import { dismiss } from "@posthouse/core/email/dismiss";
import { type Retried, retry } from "@posthouse/core/email/retry";
import { retryAll } from "@posthouse/core/email/retry-all";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { idempotency } from "../idempotency.ts";
import * as Schema from "../schemas/failed-email.ts";
import { json } from "../validation.ts";

const object = "email" as const;

/** Suppressed recipients only where there are any, as when it was sent first. */
const show = ({ suppressed, ...rest }: Retried) => ({ object, ...rest, ...(suppressed.length > 0 && { suppressed }) });

/** What is done with email that failed (R-FAIL-3): `/v1/emails/{id}/retry`, `/v1/emails/{id}/dismiss`, `/v1/emails/retry` */
export const failedEmails = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/retry", json(Schema.retryAll), async (c) => {
      const filter = c.req.valid("json");
      const key = idempotency(c, filter);
      const { data, ...rest } = await retryAll(ports, c.var.version, defined(filter), key);
      return c.json({ object: "list" as const, data: data.map(show), ...rest });
    })
    .post("/:id/retry", json(Schema.retry), async (c) => {
      const body = c.req.valid("json");
      const key = idempotency(c, body);
      return c.json(show(await retry(ports, c.var.version, c.req.param("id"), body.recipients, key)));
    })
    .post("/:id/dismiss", async (c) => {
      const id = c.req.param("id");
      await dismiss(ports, c.var.version.id, id);
      return c.json({ object, id, attention: false });
    });
