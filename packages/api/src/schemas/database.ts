import * as z from "zod";
import { text } from "./text.ts";

const plan = text(64).meta({ description: "A plan of the operator's table, e.g. `trial`." });
const apps = z.array(text(64)).max(200).meta({ description: "Installed apps; each may raise the daily limit." });
const daily_limit = z
  .number()
  .int()
  .min(0)
  .max(1_000_000_000)
  .nullable()
  .meta({ description: "Recipients a day in place of plan and apps; null = by those." });

const delivery = z.enum(["live", "capture", "redirect"]).meta({
  description: "Where its mail goes: out, nowhere (kept to be looked at), or all of it to `redirect_to`.",
});
const redirect_to = text(320).nullable();

/** `POST /v1/databases` */
export const create = z.strictObject({
  name: text(253).meta({ description: "A DNS label, 1–63 characters." }),
  plan: plan.optional(),
  apps: apps.optional(),
  daily_limit: daily_limit.optional(),
  delivery: delivery.optional(),
  redirect_to: redirect_to.optional(),
  company: text(200).optional().meta({ description: "Name of its first company. Default: the database's name." }),
  reuse_name: z
    .boolean()
    .optional()
    .meta({ description: "Takes the name of a deleted database before its 400 days are over." }),
});

/** `POST /v1/databases/{name}/copy` */
export const copy = z.strictObject({
  name: text(253).meta({ description: "Of the new one: a DNS label, 1–63 characters." }),
  reuse_name: create.shape.reuse_name,
});

/** `PATCH /v1/databases/{name}` */
export const patch = z.strictObject({
  plan: plan.optional(),
  apps: apps.optional(),
  daily_limit: daily_limit.optional(),
  status: z.enum(["active", "paused"]).optional(),
  delivery: delivery.optional(),
  redirect_to: redirect_to.optional(),
});
