import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { download } from "../download.ts";
import { idempotency, idempotencyOfBytes } from "../idempotency.ts";
import * as Schema from "../schemas/received.ts";
import { json, octets, optionalJson, query } from "../validation.ts";

const object = "received" as const;

// Loaded when asked for, so that the cold start of a function that sends mail does not read them
const lists = () => import("@posthouse/core/inbound/list");
const reading = () => import("@posthouse/core/inbound/read");

/** `/v1/received`: mail that came in and that the application has not said it has. */
export const received = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .get("/", query(Schema.listQuery), async (c) => {
      const { list } = await lists();
      const { data, ...page } = await list(ports, c.var.version.id, defined(c.req.valid("query")));
      return c.json({ object: "list" as const, data: data.map((each) => ({ object, ...each })), ...page });
    })
    .post("/", octets("message/rfc822"), query(Schema.offer), async (c) => {
      const said = defined(c.req.valid("query"));
      const raw = new Uint8Array(await c.req.arrayBuffer());
      const { offer } = await import("@posthouse/core/inbound/offer");
      const key = idempotencyOfBytes(c, said, raw);
      return c.json({ object, ...(await offer(ports, c.var.version, { ...said, raw }, key)) }, 201);
    })
    .get("/:id", async (c) => {
      const { get } = await reading();
      return c.json({ object, ...(await get(ports, c.var.version.id, c.req.param("id"))) });
    })
    .get("/:id/raw", async (c) => {
      const { raw } = await reading();
      const mime = await raw(ports, c.var.version.id, c.req.param("id"));
      if ("link" in mime) return c.redirect(mime.link, 303);
      return c.body(new Uint8Array(mime), 200, { "content-type": "message/rfc822" });
    })
    .get("/:id/attachments/:n", async (c) => {
      const { attachment } = await reading();
      const file = await attachment(ports, c.var.version.id, c.req.param("id"), c.req.param("n"));
      return "link" in file ? c.redirect(file.link, 303) : download(c, file);
    })
    .post("/:id/confirm", async (c) => {
      const { confirm } = await import("@posthouse/core/inbound/confirm");
      const { record_id } = await optionalJson(c, Schema.confirm);
      return c.json({ object, ...(await confirm(ports, c.var.version, c.req.param("id"), record_id)) });
    })
    .post("/:id/route", json(Schema.route), async (c) => {
      const { route } = await import("@posthouse/core/inbound/manual");
      const body = c.req.valid("json");
      const key = idempotency(c, body);
      return c.json({ object, ...(await route(ports, c.var.version, c.req.param("id"), defined(body), key)) });
    });
