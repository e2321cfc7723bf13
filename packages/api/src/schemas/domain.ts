import * as z from "zod";
import { keepOld, keepOldQuery } from "./keep-old.ts";
import { id, text } from "./text.ts";

const ability = z.enum(["enabled", "disabled"]);

/** Fields of the Resend API that are kept and answered. */
const resendPatch = {
  open_tracking: z.boolean().optional(),
  click_tracking: z.boolean().optional(),
  tls: z.enum(["opportunistic", "enforced"]).optional(),
  capabilities: z.strictObject({ sending: ability.optional(), receiving: ability.optional() }).optional(),
  tracking_subdomain: text(63).optional(),
};
const resendCreate = { ...resendPatch, region: text(32).optional(), custom_return_path: text(63).optional() };

const own = {
  priority: z.number().int().min(0).max(1_000_000).optional().meta({ description: "Lower is first. Default 10." }),
  bounce_alias: text(320).optional().meta({ description: "Where delivery errors go. Default `bounce`." }),
  catchall_alias: text(320).optional().meta({ description: "Where replies go. Default `catchall`." }),
  default_from: text(320).optional().meta({
    description: "The notification address; a full address replaces the From of all mail. Default `notifications`.",
  }),
  companies: z.array(id).max(500).optional().meta({ description: "Companies that are moved here; the others stay." }),
};

/** `POST /v1/domains` */
export const create = z.strictObject({
  name: text(253).meta({ description: "Lower-case A-labels, e.g. `company.com`." }),
  ...own,
  ...resendCreate,
});

const keeping = "Whether mail to addresses that go out of use still comes in, for 400 days. Default true.";

/** `PATCH /v1/domains/{id}` */
export const patch = z.strictObject({
  ...own,
  ...resendPatch,
  keep_old: keepOld(keeping),
});

/** `DELETE /v1/domains/{id}` */
export const removeQuery = keepOldQuery(keeping);

/** The fields that are Resend's and only kept. */
export const resendFields = Object.keys(resendCreate) as readonly (keyof typeof resendCreate)[];
