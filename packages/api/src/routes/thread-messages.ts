import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { idempotency } from "../idempotency.ts";
import { toAttachment } from "../schemas/email.ts";
import * as Schema from "../schemas/thread-message.ts";
import { json } from "../validation.ts";

const object = "message" as const;

/** `POST /v1/threads/{model}/{record_id}/messages` (R-NOT-2): puts a message on a record, and tells its followers. */
export const threadMessages = (ports: AppPorts) =>
  new Hono<AppEnv>().post("/:model/:record_id/messages", json(Schema.post), async (c) => {
    const body = c.req.valid("json");
    const { attachments = [], ...said } = body;
    const { domains, version } = c.var;
    const request = {
      ...defined(said),
      attachments: attachments.map(toAttachment),
      ...(domains && { from_domains: domains }),
    };
    // Loaded when asked for, so that the cold start of a function that sends mail does not read it
    const { submit } = await import("@posthouse/core/thread/submit");
    return c.json({ object, ...(await submit(ports, version, c.req.param(), request, idempotency(c, body))) }, 201);
  });
