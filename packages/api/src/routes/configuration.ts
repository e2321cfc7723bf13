import type { Document } from "@posthouse/core/export/document";
import { Hono } from "hono";
import type * as z from "zod";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import * as Schema from "../schemas/configuration.ts";
import { resendFields } from "../schemas/domain.ts";
import { json, query } from "../validation.ts";

const kept: readonly string[] = resendFields;

/** The fields of the Resend API lie beside a domain's own here, and apart in core. */
function toDocument({
  object: _object,
  database: _name,
  domains,
  ...rest
}: z.output<typeof Schema.document>): Document {
  if (!domains) return rest;
  const split = domains.map((domain) => {
    const entries = Object.entries(defined(domain));
    const resend = Object.fromEntries(entries.filter(([name]) => kept.includes(name)));
    const own = Object.fromEntries(entries.filter(([name]) => !kept.includes(name)));
    return { name: domain.name, ...own, resend };
  });
  return { ...rest, domains: split };
}

/** `/v1/export`: the configuration as text, without ids and secrets. */
export const exports = (ports: AppPorts) =>
  new Hono<AppEnv>().get("/", async (c) => {
    // Seldom asked for: loaded then, so that a cold start does not read it
    const { read } = await import("@posthouse/core/export/document");
    const { domains, ...rest } = await read(ports, c.var.version);
    const flat = domains.map(({ resend, ...domain }) => ({ ...domain, ...resend }));
    return c.json({ object: "configuration" as const, database: c.var.version.name, ...rest, domains: flat });
  });

/** `/v1/import`: makes the configuration what such a text says. */
export const imports = (ports: AppPorts) =>
  new Hono<AppEnv>().put("/", query(Schema.importQuery), json(Schema.document), async (c) => {
    const { run } = await import("@posthouse/core/export/import");
    const dry_run = c.req.valid("query").dry_run === "true";
    const plan = await run(ports, c.var.version, toDocument(c.req.valid("json")), dry_run);
    return c.json({ object: "import" as const, dry_run, ...plan });
  });
