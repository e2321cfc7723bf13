import * as Domain from "@posthouse/core/domain/domain";
import type { DomainView } from "@posthouse/core/domain/view";
import { Hono } from "hono";
import type * as z from "zod";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { idempotency } from "../idempotency.ts";
import { page } from "../page.ts";
import * as Schema from "../schemas/domain.ts";
import { pageQuery } from "../schemas/page.ts";
import { json, query } from "../validation.ts";

const object = "domain" as const;

/** The Resend API's fields lie beside ours. It has no domain without a region or capabilities. */
function show({ resend, ...domain }: DomainView) {
  const { capabilities, ...kept } = resend;
  return {
    object,
    ...domain,
    region: null,
    open_tracking: false,
    click_tracking: false,
    ...kept,
    capabilities: { sending: "enabled", receiving: "disabled", ...(capabilities as object | undefined) },
  };
}

/** Splits a body into our fields and those of the Resend API, which are kept as they are. */
function input<Body extends z.output<typeof Schema.patch>>(body: Body): Body & Domain.DomainInput {
  const names: readonly string[] = Schema.resendFields;
  const kept = Object.entries(defined(body)).filter(([name]) => names.includes(name));
  return { ...body, resend: Object.fromEntries(kept) };
}

/** `/v1/domains`: alias domains, in routing order. */
export const domains = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.create), async (c) => {
      const body = c.req.valid("json");
      return c.json(show(await Domain.create(ports, c.var.version, input(body), idempotency(c, body))), 201);
    })
    .get("/", query(pageQuery), async (c) => {
      const all = await Domain.list(ports, c.var.version);
      return c.json(page(all.map(show), c.req.valid("query")));
    })
    .get("/:id", async (c) => c.json(show(await Domain.get(ports, c.var.version, c.req.param("id")))))
    .patch("/:id", json(Schema.patch), async (c) =>
      c.json(show(await Domain.patch(ports, c.var.version, c.req.param("id"), input(c.req.valid("json"))))),
    )
    .post("/:id/verify", async (c) => {
      const { verify } = await import("@posthouse/core/domain/verify");
      return c.json(show(await verify(ports, c.var.version, c.req.param("id"))));
    })
    .delete("/:id", query(Schema.removeQuery), async (c) => {
      const id = c.req.param("id");
      const { former_addresses } = await Domain.remove(ports, c.var.version, id, c.req.valid("query"));
      const kept = former_addresses.length === 0 ? {} : { former_addresses };
      return c.json({ object, id, deleted: true as const, ...kept });
    });
