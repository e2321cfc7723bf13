import type { Entry } from "@posthouse/core/suppression/entry";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { idempotency } from "../idempotency.ts";
import { importList } from "../list-import.ts";
import * as Schema from "../schemas/suppression.ts";
import { json, octets, query } from "../validation.ts";

const object = "suppression" as const;

/** The Resend API says `email` for the address. */
const show = ({ address, ...entry }: Entry) => ({ object, ...entry, email: address });

/** Core has an end in ms; null is none at all when an entry is made. */
function asked<Body extends { readonly until?: string | null | undefined }>({ until, ...body }: Body) {
  return { ...defined(body), origin: "manual" as const, ...(until != null && { until: Date.parse(until) }) };
}

// Few requests need them, and every cold start would read them
const core = () => import("@posthouse/core/suppression/suppression");
const removal = () => import("@posthouse/core/suppression/remove");

/** `/v1/suppressions` (R-FAIL-5): the addresses that are not mailed, in the order of their letters. */
export const suppressions = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .post("/", json(Schema.add), async (c) => {
      const body = c.req.valid("json");
      const { email, ...rest } = body;
      const { add } = await core();
      const { entry, added } = await add(
        ports,
        c.var.version.id,
        { ...asked(rest), address: email },
        idempotency(c, body),
      );
      return c.json(show(entry), added ? 201 : 200);
    })
    .post("/batch/add", json(Schema.addBatch), async (c) => {
      const body = c.req.valid("json");
      const { emails, ...rest } = body;
      const { addAll } = await core();
      const all = await addAll(ports, c.var.version.id, emails, asked(rest), idempotency(c, body));
      return c.json({ data: all.map(({ address, ...told }) => ({ object, ...told, email: address })) });
    })
    .post("/batch/remove", json(Schema.removeBatch), async (c) => {
      const { emails, ids = [] } = c.req.valid("json");
      const { removeAll } = await removal();
      const all = await removeAll(ports, c.var.version.id, emails ?? ids);
      return c.json({ data: all.map((told) => ({ object, ...told })) });
    })
    .post("/import", octets("text/csv"), query(Schema.importQuery), async (c) => {
      const [done, status] = await importList(ports, c, c.req.valid("query"));
      return c.json({ object: "suppression_import" as const, ...done }, status);
    })
    .get("/", query(Schema.list), async (c) => {
      const { list } = await core();
      const { data, ...rest } = await list(ports, c.var.version.id, defined(c.req.valid("query")));
      return c.json({ object: "list" as const, data: data.map(show), ...rest });
    })
    .get("/:id", async (c) => c.json(show(await (await core()).get(ports, c.var.version.id, c.req.param("id")))))
    .patch("/:id", json(Schema.patch), async (c) => {
      const { until } = c.req.valid("json");
      const end = until === null ? null : Date.parse(until);
      const { update } = await core();
      return c.json(show(await update(ports, c.var.version.id, c.req.param("id"), end)));
    })
    .delete("/:id", async (c) => {
      const { remove } = await removal();
      const id = await remove(ports, c.var.version.id, c.req.param("id"));
      return c.json({ object, id, deleted: true as const });
    });
