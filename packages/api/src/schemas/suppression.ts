import * as z from "zod";
import { oneEnd, oneEndMessage, fields as pageFields } from "./page.ts";
import { line, text } from "./text.ts";

/** An id made of an address can be as long as this, an address as 254. */
export const named = text(420).min(1);

/** The query of a list that is in the order of its addresses. */
export const fields = {
  limit: pageFields.limit,
  after: named.optional().meta({ description: "Those after this one: an id or an address." }),
  before: named.optional().meta({ description: "Those before this one." }),
  q: line(254).min(1).optional().meta({ description: "Addresses that begin so." }),
};

const email = line(320).meta({ description: "The address." });
const scope = z.enum(["all", "mass"]).meta({ description: "What mail leaves it out: all, or mass mail alone." });
const reason = line(500).optional().meta({ description: "Why, in your words." });
const time = z.iso.datetime({ offset: true });
const until = time.nullable().optional().meta({ description: "From when on it is mailed again. Default: never." });

/** `POST /v1/suppressions` */
export const add = z.strictObject({ email, scope: scope.default("all"), reason, until });

/** `POST /v1/suppressions/batch/add` */
export const addBatch = z.strictObject({
  emails: z.array(email).min(1).max(100),
  scope: scope.default("all"),
  reason,
  until,
});

/** `POST /v1/suppressions/batch/remove` */
export const removeBatch = z
  .strictObject({
    emails: z.array(email).min(1).max(100).optional().meta({ description: "Addresses. Either these or `ids`." }),
    ids: z.array(named).min(1).max(100).optional(),
  })
  .refine(({ emails, ids }) => (emails === undefined) !== (ids === undefined), {
    message: "Give `emails` or `ids`, one of the two",
    path: ["emails"],
  });

/** `PATCH /v1/suppressions/{id}` */
export const patch = z.strictObject({
  until: time.nullable().meta({ description: "From when on it is mailed again; null = never." }),
});

/** `GET /v1/suppressions` */
export const list = z
  .strictObject({
    ...fields,
    origin: z.enum(["bounce", "complaint", "soft_bounces", "manual", "import"]).optional(),
    scope: scope.optional(),
  })
  .refine(oneEnd, oneEndMessage);

const dry_run = z
  .enum(["true", "false"])
  .default("false")
  .meta({ description: "`true`: says what would be done, and does nothing." });
const from_line = z.coerce
  .number()
  .int()
  .min(1)
  .max(10_000_000)
  .default(1)
  .meta({ description: "Where to go on: the `next_line` of the call before." });

/** The query of `POST /v1/suppressions/import` */
export const importQuery = z.strictObject({
  dry_run,
  from_line,
  scope: scope.default("all").meta({ description: "Of lines that do not say it." }),
});

/** The query of `POST /v1/opt-outs/import` */
export const optOutImportQuery = z.strictObject({ dry_run, from_line });

/** `POST /v1/opt-outs` */
export const optOut = z.strictObject({ email });

/** `GET /v1/opt-outs` */
export const listOptOuts = z
  .strictObject({ ...fields, origin: z.enum(["one_click", "manual", "import"]).optional() })
  .refine(oneEnd, oneEndMessage);
