import type { OptOut } from "@posthouse/core/opt-out/record";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { idempotency } from "../idempotency.ts";
import { importList } from "../list-import.ts";
import * as Schema from "../schemas/suppression.ts";
import { json, octets, query } from "../validation.ts";

const object = "opt_out" as const;

/** As a suppression is shown, with `email` for the address. */
const show = ({ address, ...entry }: OptOut) => ({ object, ...entry, email: address });

// Few requests need it, and every cold start would read it
const core = () => import("@posthouse/core/opt-out/opt-out");

/** `/v1/opt-outs` (R-FAIL-5, R-KIND-3): who wants no mass mail, in the order of their addresses' letters. */
export const optOuts = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.optOut), async (c) => {
      const body = c.req.valid("json");
      const { add } = await core();
      const { entry, added } = await add(ports, c.var.version.id, body.email, idempotency(c, body));
      return c.json(show(entry), added ? 201 : 200);
    })
    .post("/import", octets("text/csv"), query(Schema.optOutImportQuery), async (c) => {
      const [done, status] = await importList(ports, c, c.req.valid("query"), { opt_outs: true });
      return c.json({ object: "opt_out_import" as const, ...done }, status);
    })
    .get("/", query(Schema.listOptOuts), async (c) => {
      const { list } = await core();
      const { data, ...rest } = await list(ports, c.var.version.id, defined(c.req.valid("query")));
      return c.json({ object: "list" as const, data: data.map(show), ...rest });
    })
    .get("/:id", async (c) => c.json(show(await (await core()).get(ports, c.var.version.id, c.req.param("id")))))
    .delete("/:id", async (c) => {
      const { remove } = await core();
      const id = await remove(ports, c.var.version.id, c.req.param("id"));
      return c.json({ object, id, deleted: true as const });
    });
