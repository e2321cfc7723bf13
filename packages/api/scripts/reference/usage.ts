import * as z from "zod";
import { reputation } from "./reputation.ts";

const time = z.iso.datetime();
const count = z.number().int();

const period = z.strictObject({
  used: count,
  limit: count.nullable(),
  sent: count,
  received: count,
  resets_at: time,
});
const ofLimit = z.strictObject({ used: count, limit: count.nullable().meta({ description: "null: none." }) });
const serverUsage = z.strictObject({
  id: z.string(),
  name: z.string(),
  minute: ofLimit.meta({ description: "Of this calendar minute, in recipients." }),
  day: ofLimit.meta({ description: "Of this counting day, in recipients." }),
  waiting: count.meta({ description: "Mails that wait for their turn, counted to 1,000." }),
});

/** What a database has used of its limits, what became of it, and how it is received. */
export const usage = z
  .strictObject({
    object: z.literal("usage"),
    date: z.string(),
    used: count,
    limit: count,
    remaining: count,
    resets_at: time,
    held: count,
    attention: count.meta({ description: "Emails in the red envelope, counted to 10,000." }),
    history: z
      .array(
        z.strictObject({
          date: z.string(),
          accepted: count,
          sent: count,
          delivered: count,
          bounced: count,
          complained: count,
          failed: count,
          received: count.meta({ description: "Mails that came in and were kept." }),
        }),
      )
      .meta({ description: "Days something was counted on, newest first; all numbers but `received` are recipients." }),
    servers: z.array(serverUsage).meta({ description: "Servers with limits of their own." }),
    reputation,
    emails: z.strictObject({ daily: period, monthly: period }),
  })
  .meta({ id: "Usage" });
