import * as Company from "@posthouse/core/company/company";
import type { CompanyRecord } from "@posthouse/core/company/record";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { idempotency } from "../idempotency.ts";
import { page } from "../page.ts";
import * as Schema from "../schemas/company.ts";
import { pageQuery } from "../schemas/page.ts";
import { json, query } from "../validation.ts";

const object = "company" as const;
const show = (company: CompanyRecord) => ({ object, ...company });
/** Names the former addresses where there are any. */
const showPatched = ({ former_addresses, ...company }: Company.Patched) => ({
  ...show(company),
  ...(former_addresses.length === 0 ? {} : { former_addresses }),
});

/** `/v1/companies` */
export const companies = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.create), async (c) => {
      const body = c.req.valid("json");
      return c.json(show(await Company.create(ports, c.var.version, body, idempotency(c, body))), 201);
    })
    .get("/", query(pageQuery), async (c) => {
      const all = await Company.list(ports, c.var.version);
      return c.json(page(all.map(show), c.req.valid("query")));
    })
    .get("/:id", async (c) => c.json(show(await Company.get(ports, c.var.version, c.req.param("id")))))
    .patch("/:id", json(Schema.patch), async (c) =>
      c.json(showPatched(await Company.patch(ports, c.var.version, c.req.param("id"), c.req.valid("json")))),
    )
    .delete("/:id", query(Schema.removeQuery), async (c) => {
      const id = c.req.param("id");
      const { former_addresses } = await Company.remove(ports, c.var.version, id, c.req.valid("query"));
      const kept = former_addresses.length === 0 ? {} : { former_addresses };
      return c.json({ object, id, deleted: true as const, ...kept });
    });
