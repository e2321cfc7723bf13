import { accept } from "@posthouse/core/email/accept";
import { Hono } from "hono";
import { show } from "../accepted.ts";
import type { AppEnv, AppPorts } from "../context.ts";
import { idempotencyOfBytes } from "../idempotency.ts";
import * as Schema from "../schemas/raw-email.ts";
import { octets, query } from "../validation.ts";

/** `/v1/emails/raw`: a message that the application has made itself, its envelope in the query. */
export const rawEmails = (ports: AppPorts) =>
  new Hono<AppEnv>().post("/raw", octets("message/rfc822"), query(Schema.send), async (c) => {
    const { to = [], ...said } = c.req.valid("query");
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    const key = idempotencyOfBytes(c, { ...said, to }, bytes);
    const { domains } = c.var;
    const asked = { ...Schema.toRawRequest(said), to, ...(domains && { from_domains: domains }) };
    // Few requests need it, and every cold start would read it
    const { read } = await import("@posthouse/core/email/raw");
    const accepted = await accept(ports, c.var.version, await read(bytes, asked), key);
    c.set("email", accepted.id);
    return c.json(show(accepted));
  });
