import * as z from "zod";
import * as Arn from "../arn.ts";
import type { Ses } from "../context.ts";
import { badRequest } from "../error.ts";
import { define, filterSchema, seconds } from "../operation.ts";
import { page, pageSchema } from "../page.ts";
import * as Tenant from "../tenant.ts";

/** The combinations of filters that SES takes. */
const together = ["IMPACT,STATUS", "STATUS,TYPE"];

const listRecommendations = define(
  "POST /v2/email/vdm/recommendations",
  "ListRecommendations",
  pageSchema.extend({
    PageSize: z.number().int().min(1).max(100).optional(),
    Filter: filterSchema(["IMPACT", "RESOURCE_ARN", "STATUS", "TYPE"]),
  }),
  (ses, { Filter, ...paging }) => {
    const given = Object.keys(Filter).toSorted().join(",");
    if (given.includes(",") && !together.includes(given))
      throw badRequest("Filter: use one, or STATUS with IMPACT, or STATUS with TYPE.");
    if (Filter.RESOURCE_ARN !== undefined) Arn.parse(ses, Filter.RESOURCE_ARN);
    const matching = all(ses).filter(
      ({ ResourceArn, Type, Status, Impact }) =>
        [Filter.RESOURCE_ARN, undefined].includes(Filter.RESOURCE_ARN && ResourceArn) &&
        [Filter.TYPE, undefined].includes(Filter.TYPE && Type) &&
        [Filter.STATUS, undefined].includes(Filter.STATUS && Status) &&
        [Filter.IMPACT, undefined].includes(Filter.IMPACT && Impact),
    );
    const { items, ...next } = page(
      matching,
      (item) => `${item.ResourceArn} ${item.CreatedTimestamp} ${item.Type}`,
      paging,
    );
    return { Recommendations: items, ...next };
  },
);

/** What was found of tenants; nothing is found of identities here. */
const all = (ses: Ses) =>
  ses.tenants.list().flatMap(({ value }) =>
    (value.findings ?? []).map(({ type, impact, description, open, at }) => ({
      ResourceArn: Tenant.arn(ses, value),
      Type: type,
      Description: description,
      Status: open ? "OPEN" : "FIXED",
      Impact: impact,
      CreatedTimestamp: seconds(at),
      LastUpdatedTimestamp: seconds(at),
    })),
  );

/** Operations on what SES has found of the account's resources. */
export const recommendationOperations = [listRecommendations];
