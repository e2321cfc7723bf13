import * as z from "zod";

const time = z.iso.datetime();
const count = z.number().int();
const rate = z.number().meta({ description: "From 0 to 1." });
const rates = { recipients: count, bounce_rate: rate, complaint_rate: rate };

/** How the platform mail of a database is received (R-FAIL-7). */
export const reputation = z
  .strictObject({
    window: z.strictObject({ from: z.string(), to: z.string() }).meta({ description: "Counting days: seven at most." }),
    ...rates,
    state: z.enum(["ok", "warning", "paused"]).meta({
      description:
        "Of 200 recipients or more over the platform: from 4 % bounced or 0.08 % complained on a warning; at 8 % or 0.3 % its platform mail is paused until the operator resumes it.",
    }),
    paused_for: z
      .strictObject({ at: time, ...rates })
      .nullable()
      .meta({ description: "The rates it was paused for." }),
  })
  .meta({ id: "Reputation" });
