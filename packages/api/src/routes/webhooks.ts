import type { Owner } from "@posthouse/core/webhook/endpoint";
import { type Context, Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { idempotency } from "../idempotency.ts";
import { page } from "../page.ts";
import { pageQuery } from "../schemas/page.ts";
import * as Schema from "../schemas/webhook.ts";
import { json, query } from "../validation.ts";

const object = "webhook" as const;
const tested = "webhook_test" as const;

/** `/v1/webhooks`: the endpoints that a database's events are told to. */
export const webhooks = (ports: AppPorts) => endpoints(ports, (c) => c.var.version.id);

/** `/v1/operator/webhooks`: those that are told the events of all databases. */
export const operatorWebhooks = (ports: AppPorts) => endpoints(ports, () => "operator");

/** Loaded with the first request about webhooks: most processes never see one. */
const core = () => import("@posthouse/core/webhook/webhook");

const endpoints = (ports: AppPorts, ownerOf: (c: Context<AppEnv>) => Owner) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.create), async (c) => {
      const body = c.req.valid("json");
      const { create } = await import("@posthouse/core/webhook/create");
      return c.json({ object, ...(await create(ports, ownerOf(c), body, idempotency(c, body))) }, 201);
    })
    .get("/", query(pageQuery), async (c) => {
      const all = await (await core()).list(ports, ownerOf(c));
      return c.json(
        page(
          all.map((each) => ({ object, ...each })),
          c.req.valid("query"),
        ),
      );
    })
    .get("/:id", async (c) => {
      const found = await (await core()).get(ports, ownerOf(c), c.req.param("id"));
      // The Resend API has it here too; an answer that can be had again and again is no place for a secret (G6)
      return c.json({ object, ...found, signing_secret: null });
    })
    .patch("/:id", json(Schema.patch), async (c) => {
      const input = defined(c.req.valid("json"));
      return c.json({ object, ...(await (await core()).patch(ports, ownerOf(c), c.req.param("id"), input)) });
    })
    .delete("/:id", async (c) => {
      const id = c.req.param("id");
      await (await core()).remove(ports, ownerOf(c), id);
      return c.json({ object, id, deleted: true as const });
    })
    .post("/:id/signing-secret/rotate", async (c) => {
      const key = idempotency(c, null);
      return c.json({ object, ...(await (await core()).rotate(ports, ownerOf(c), c.req.param("id"), key)) });
    })
    .post("/:id/test", async (c) => {
      const { test } = await import("@posthouse/core/webhook/sample");
      return c.json({ object: tested, ...(await test(ports, ownerOf(c), c.req.param("id"))) });
    });
