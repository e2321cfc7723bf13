import * as z from "zod";
import { id, line } from "./text.ts";

const address = line(320);
const days = (least: number, description: string) => z.number().int().min(least).max(3650).meta({ description });

/** `PATCH /v1/settings`: a closed list. */
export const patch = z
  .strictObject({
    on_limit: z.enum(["reject", "hold"]).meta({
      description: "At the daily limit of platform mail: refuse (429), or accept and hold until there is room.",
    }),
    dedicated_server: id.nullable().meta({ description: "The server of mass mail; null = as other mail." }),
    custom_email_servers: z
      .boolean()
      .meta({ description: "False = all mail goes by the platform; servers stay stored." }),
    personal_servers: z.boolean(),
    prefer_notification_server: z.boolean(),
    unique_address_mode: z.enum(["always", "fallback"]),
    admin_address: address.nullable().meta({ description: "Null = `admin@` the default domain." }),
    bot_address: address.nullable().meta({ description: "Null = `odoobot@` the default domain." }),
    sender_addresses: z.array(address).max(500),
    default_domain_over_smtp: z.boolean(),
    tracking: z.strictObject({ opens: z.boolean(), clicks: z.boolean() }),
    retention: z
      .strictObject({
        bodies_days: days(0, "Bodies, after the last moment the email may be sent; 0 = not a moment longer."),
        heads_days: days(1, "What lists show: states, recipients, subject. Two at least."),
        events_days: days(1, "Entries of timelines, two at least and no longer than their email."),
      })
      .meta({ description: "How long email is kept that is accepted from now on." }),
    loop_allow_list: z
      .array(address)
      .max(500)
      .meta({ description: "Addresses and domains that may write any number of mails." }),
    reject_spam: z.boolean().meta({
      description: "True = mail that SES takes for spam is kept as `rejected`: no thread, no record, no answer.",
    }),
    reject_virus: z.boolean().meta({ description: "The same for mail that SES finds a virus in." }),
  })
  .partial();
