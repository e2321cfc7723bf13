import { accept } from "@posthouse/core/email/accept";
import { list } from "@posthouse/core/email/list";
import { preview } from "@posthouse/core/email/preview";
import { get, raw } from "@posthouse/core/email/read";
import type { SendRequest } from "@posthouse/core/email/request";
import { type Context, Hono } from "hono";
import { show } from "../accepted.ts";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { idempotency } from "../idempotency.ts";
import * as Schema from "../schemas/email.ts";
import { json, query } from "../validation.ts";

const object = "email" as const;

/** The mail as core takes it, held to the domains of the caller's key. */
function request(c: Context<AppEnv>, body: Parameters<typeof Schema.toSendRequest>[0]): SendRequest {
  const { domains } = c.var;
  return { ...Schema.toSendRequest(body), ...(domains && { from_domains: domains }) };
}

/** `/v1/emails` */
export const emails = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.send), async (c) => {
      const body = c.req.valid("json");
      const key = idempotency(c, body);
      const accepted = await accept(ports, c.var.version, request(c, body), key);
      c.set("email", accepted.id);
      return c.json(show(accepted));
    })
    .post("/preview", json(Schema.send), async (c) => {
      const asked = request(c, c.req.valid("json"));
      return c.json({ object: "preview" as const, ...(await preview(ports, c.var.version, asked)) });
    })
    .get("/", query(Schema.listQuery), async (c) => {
      const { attention, ...asked } = c.req.valid("query");
      const filter = attention === undefined ? {} : { attention: attention === "true" };
      const { data, has_more, cursor } = await list(ports, c.var.version, { ...defined(asked), ...filter });
      const shown = data.map((each) => ({ object, ...each, reply_to: null }));
      return c.json({ object: "list" as const, data: shown, has_more, cursor });
    })
    .get("/:id", async (c) => c.json({ object, ...(await get(ports, c.var.version.id, c.req.param("id"))) }))
    .get("/:id/raw", async (c) => {
      const mime = await raw(ports, c.var.version.id, c.req.param("id"));
      if ("link" in mime) return c.redirect(mime.link, 303);
      return c.body(new Uint8Array(mime), 200, { "content-type": "message/rfc822" });
    });
