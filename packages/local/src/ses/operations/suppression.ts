import * as z from "zod";
import { badRequest, notFound } from "../error.ts";
import { define, seconds } from "../operation.ts";
import { page, pageSchema } from "../page.ts";
import * as Suppression from "../suppression.ts";
import * as Tenant from "../tenant.ts";

const PATH = "/v2/email/suppression/addresses";
const reason = z.enum(["BOUNCE", "COMPLAINT"]);

/** Suppression preferences of a tenant or a configuration set. */
export const suppressionSchema = z.object({
  SuppressedReasons: z.array(reason).optional(),
  SuppressionScope: z.enum(["ACCOUNT", "TENANT"]).optional(),
});

const entry = z.object({ EmailAddress: z.string(), TenantName: z.string().optional() });

function summary({ address, reason, at }: Suppression.Suppression): object {
  return { EmailAddress: address, Reason: reason, LastUpdateTime: seconds(at) };
}

const put = define(`PUT ${PATH}`, "PutSuppressedDestination", entry.extend({ Reason: reason }), (ses, input) => {
  const { EmailAddress: address, TenantName: tenant, Reason } = input;
  if (!address.includes("@")) throw badRequest("EmailAddress: give an address.");
  if (tenant !== undefined) Tenant.get(ses, tenant);
  ses.suppressions.put(Suppression.key(tenant, address), { address, tenant, reason: Reason, at: ses.now() });
});

const get = define(`GET ${PATH}/:EmailAddress`, "GetSuppressedDestination", entry, (ses, input) => {
  if (input.TenantName !== undefined) Tenant.get(ses, input.TenantName);
  const found = ses.suppressions.get(Suppression.key(input.TenantName, input.EmailAddress));
  if (!found) throw notFound("Suppressed destination", input.EmailAddress);
  return { SuppressedDestination: { ...summary(found), TenantName: found.tenant } };
});

const remove = define(`DELETE ${PATH}/:EmailAddress`, "DeleteSuppressedDestination", entry, (ses, input) => {
  if (input.TenantName !== undefined) Tenant.get(ses, input.TenantName);
  const removed = ses.suppressions.remove(Suppression.key(input.TenantName, input.EmailAddress));
  if (!removed) throw notFound("Suppressed destination", input.EmailAddress);
});

const list = define(
  `GET ${PATH}`,
  "ListSuppressedDestinations",
  pageSchema.extend({
    TenantName: z.string().optional(),
    Reason: z.union([reason.transform((one) => [one]), z.array(reason)]).optional(),
    StartDate: z.coerce.date().optional(),
    EndDate: z.coerce.date().optional(),
  }),
  (ses, { TenantName, Reason, StartDate, EndDate, ...paging }) => {
    if (TenantName !== undefined) Tenant.get(ses, TenantName);
    const matches = ({ reason, at }: Suppression.Suppression) =>
      (!Reason || Reason.includes(reason)) && (!StartDate || at >= +StartDate) && (!EndDate || at <= +EndDate);
    const all = ses.suppressions.list(Suppression.prefix(TenantName)).filter(({ value }) => matches(value));
    const { items, ...next } = page(all, ({ key }) => key, paging);
    return { SuppressedDestinationSummaries: items.map(({ value }) => summary(value)), ...next };
  },
);

const putTenant = define(
  "POST /v2/email/tenant/suppression",
  "PutTenantSuppressionAttributes",
  suppressionSchema.extend({ TenantName: z.string() }),
  (ses, { TenantName, SuppressedReasons, SuppressionScope }) =>
    Tenant.update(ses, TenantName, { suppression: { scope: SuppressionScope, reasons: SuppressedReasons } }),
);

/** Operations on the suppression lists of the account and of tenants. */
export const suppressionOperations = [put, get, remove, list, putTenant];
