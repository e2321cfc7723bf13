import type { DeliveryView } from "@posthouse/core/webhook/deliveries";
import type { Owner } from "@posthouse/core/webhook/endpoint";
import { type Context, Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import * as Schema from "../schemas/webhook-delivery.ts";
import { json, query } from "../validation.ts";

const object = "webhook_delivery" as const;
const replayed = "webhook_replay" as const;

const show = <View extends DeliveryView>(delivery: View) => ({ object, ...delivery });

/** `/v1/webhooks/{id}/deliveries`, `/v1/webhooks/{id}/replay`: what a database's endpoints were told. */
export const webhookDeliveries = (ports: AppPorts) => deliveries(ports, (c) => c.var.version.id);

/** The same of the operator's: `/v1/operator/webhooks/{id}/deliveries`, `/v1/operator/webhooks/{id}/replay`. */
export const operatorWebhookDeliveries = (ports: AppPorts) => deliveries(ports, () => "operator");

/** Loaded with the first request about deliveries: most processes never see one. */
const core = async () => {
  const [{ find }, Deliveries, Replay] = await Promise.all([
    import("@posthouse/core/webhook/webhook"),
    import("@posthouse/core/webhook/deliveries"),
    import("@posthouse/core/webhook/replay"),
  ]);
  return { find, Deliveries, Replay };
};

const deliveries = (ports: AppPorts, ownerOf: (c: Context<AppEnv>) => Owner) =>
  new Hono<AppEnv>()
    .get("/:id/deliveries", query(Schema.listQuery), async (c) => {
      const { find, Deliveries } = await core();
      const { database, id } = await find(ports, ownerOf(c), c.req.param("id"));
      const { data, ...rest } = await Deliveries.list(ports, database, id, defined(c.req.valid("query")));
      return c.json({ object: "list" as const, data: data.map(show), ...rest });
    })
    .get("/:id/deliveries/:delivery", async (c) => {
      const { find, Deliveries } = await core();
      const { database, id } = await find(ports, ownerOf(c), c.req.param("id"));
      return c.json(show(await Deliveries.get(ports, database, id, c.req.param("delivery"))));
    })
    .post("/:id/deliveries/:delivery/replay", async (c) => {
      const { find, Replay } = await core();
      const endpoint = await find(ports, ownerOf(c), c.req.param("id"));
      return c.json(show(await Replay.replay(ports, endpoint, c.req.param("delivery"))));
    })
    .post("/:id/replay", json(Schema.replay), async (c) => {
      const { find, Replay } = await core();
      const endpoint = await find(ports, ownerOf(c), c.req.param("id"));
      return c.json({ object: replayed, ...(await Replay.replayFailed(ports, endpoint, c.req.valid("json").since)) });
    });
