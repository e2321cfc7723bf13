import type { DeliveryView } from "@posthouse/core/webhook/deliveries";
import type { Attempt } from "@posthouse/core/webhook/delivery";
import { Hono } from "hono";
import type { AppEnv, AppPorts } from "../context.ts";
import { defined } from "../defined.ts";
import { page } from "../page.ts";
import { pageQuery } from "../schemas/page.ts";
import { query } from "../validation.ts";

const object = "webhook_event" as const;

/** Pending is, there, what has not been tried yet. */
const statusOf = ({ status, attempts }: DeliveryView) => {
  if (status === "delivered") return "success" as const;
  return status === "pending" && attempts.length > 0 ? ("attempting" as const) : status;
};

/** A delivery in the words of the Resend API. `event` is our own: the `webhook-id` that the endpoint is sent. */
const show = ({ attempts, ...delivery }: DeliveryView) => ({
  object,
  ...delivery,
  status: statusOf({ attempts, ...delivery }),
});

/** An attempt in the same words, whose status and answer are never null. One begins after another has ended: an id. */
const showAttempt = ({ at, status, answer, ms, error }: Attempt) => ({
  object: "webhook_event_attempt" as const,
  id: `att_${Date.parse(at)}`,
  http_status_code: status ?? 0,
  response: answer ?? "",
  sent_at: at,
  ms,
  error,
});

/** Loaded with the first request about events: most processes never see one. */
const core = async () => {
  const [{ find }, Deliveries, { replay }] = await Promise.all([
    import("@posthouse/core/webhook/webhook"),
    import("@posthouse/core/webhook/deliveries"),
    import("@posthouse/core/webhook/replay"),
  ]);
  return { find, Deliveries, replay };
};

/** `/v1/webhooks/{id}/events`: the deliveries to a database's endpoint, as the `resend` package asks for them. */
export const webhookEvents = (ports: AppPorts) =>
  new Hono<AppEnv>()
    .get("/:id/events", query(pageQuery), async (c) => {
      const { find, Deliveries } = await core();
      const { database, id } = await find(ports, c.var.version.id, c.req.param("id"));
      const { data, has_more } = await Deliveries.list(ports, database, id, defined(c.req.valid("query")));
      return c.json({ object: "list" as const, data: data.map(show), has_more });
    })
    .get("/:id/events/:event", async (c) => {
      const { find, Deliveries } = await core();
      const { database, id } = await find(ports, c.var.version.id, c.req.param("id"));
      const { payload, ...delivery } = await Deliveries.get(ports, database, id, c.req.param("event"));
      return c.json({ ...show(delivery), payload });
    })
    .get("/:id/events/:event/attempts", query(pageQuery), async (c) => {
      const { find, Deliveries } = await core();
      const { database, id } = await find(ports, c.var.version.id, c.req.param("id"));
      const { attempts } = await Deliveries.get(ports, database, id, c.req.param("event"));
      return c.json(page(attempts.map(showAttempt).toReversed(), c.req.valid("query")));
    })
    .post("/:id/events/:event/replay", async (c) => {
      const { find, replay } = await core();
      const endpoint = await find(ports, c.var.version.id, c.req.param("id"));
      return c.json(show(await replay(ports, endpoint, c.req.param("event"))));
    });
