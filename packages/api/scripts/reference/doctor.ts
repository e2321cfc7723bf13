import { hops } from "@posthouse/core/doctor/hop";
import * as z from "zod";
import * as Schema from "../../src/schemas/doctor.ts";
import type { Route } from "./route.ts";

const ok = z.boolean().nullable();
const count = z.number();

const hop = z.strictObject({
  hop: z.enum(hops),
  ok: ok.meta({ description: "null: not known yet." }),
  found: z.string(),
  fix: z.string().meta({ description: "What to do; empty where nothing is." }),
});
const facts = z.strictObject({
  root_domain: z.string(),
  region: z.string(),
  public_url: z.string().nullable(),
  sandbox: z.boolean().nullable(),
  quota: count.nullable().meta({ description: "Recipients in 24 hours; null: none, or SES did not say." }),
  used: count.nullable(),
  rate: count.nullable().meta({ description: "Recipients a second." }),
});

const report = z
  .strictObject({
    object: z.literal("doctor"),
    ok: ok.meta({ description: "False: a hop is broken. null: none is, and one is not known yet." }),
    probe: z
      .string()
      .nullable()
      .meta({ description: "The mail to SES's simulator and the jobs on the queues of mail, to ask for them again." }),
    hops: z.array(hop),
    facts: facts.nullable().meta({ description: "null: one probe was asked for." }),
  })
  .meta({ id: "Doctor" });

/** Whether every hop that mail takes works. */
export const doctor: readonly Route[] = [
  {
    method: "get",
    path: "/v1/doctor",
    tag: "Operator",
    auth: "operator",
    summary: "Examine the installation",
    description:
      "Each hop that mail takes by itself, with what to do about it. Sends two mails to the simulator of Amazon SES, puts a job on each queue of mail, and waits up to 20 seconds for the events of one and for the jobs: where they are not there by then, their hop says how to ask again. HEAD examines nothing. Holds no secret and no address.",
    query: Schema.query,
    answer: report,
    errors: ["not_found"],
  },
];
