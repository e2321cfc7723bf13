import * as z from "zod";
import type { Ses } from "../context.ts";
import { define, seconds, tagsSchema } from "../operation.ts";
import { page, pageSchema } from "../page.ts";
import * as Suppression from "../suppression.ts";
import * as Tenant from "../tenant.ts";
import { suppressionSchema } from "./suppression.ts";

const PATH = "/v2/email/tenants";
const named = z.object({ TenantName: z.string() });

function info(ses: Ses, tenant: Tenant.Tenant): object {
  return {
    TenantName: tenant.name,
    TenantId: tenant.id,
    TenantArn: Tenant.arn(ses, tenant),
    CreatedTimestamp: seconds(tenant.createdAt),
    SendingStatus: Tenant.status(tenant),
  };
}

function full(ses: Ses, tenant: Tenant.Tenant): object {
  const { scope = "ACCOUNT", reasons } = tenant.suppression;
  const SuppressionAttributes = { SuppressionScope: scope, SuppressedReasons: reasons };
  return { ...info(ses, tenant), Tags: tenant.tags, SuppressionAttributes };
}

const createTenant = define(
  `POST ${PATH}`,
  "CreateTenant",
  named.extend({ Tags: tagsSchema, SuppressionAttributes: suppressionSchema.default({}) }),
  (ses, { TenantName, Tags, SuppressionAttributes: { SuppressionScope: scope, SuppressedReasons: reasons } }) =>
    full(ses, Tenant.create(ses, { name: TenantName, tags: Tags, suppression: { scope, reasons } })),
);

const getTenant = define(`POST ${PATH}/get`, "GetTenant", named, (ses, { TenantName }) => ({
  Tenant: full(ses, Tenant.get(ses, TenantName)),
}));

const deleteTenant = define(`POST ${PATH}/delete`, "DeleteTenant", named, (ses, { TenantName }) => {
  const { name } = Tenant.get(ses, TenantName);
  ses.transaction(() => {
    ses.tenants.remove(name);
    for (const { key } of ses.associations.list(Tenant.associationKey(name, ""))) ses.associations.remove(key);
    for (const { key } of ses.suppressions.list(Suppression.prefix(name))) ses.suppressions.remove(key);
  });
});

const listTenants = define(
  `POST ${PATH}/list`,
  "ListTenants",
  pageSchema.extend({ Filter: z.record(z.string(), z.string()).default({}) }),
  (ses, { Filter, ...paging }) => {
    const all = ses.tenants.list().map(({ value }) => value);
    const matching = all.filter(
      (tenant) =>
        tenant.name.includes(Filter["TENANT_NAME_CONTAINS"] ?? "") &&
        [Tenant.status(tenant), undefined].includes(Filter["SENDING_STATUS"] as "ENABLED" | undefined),
    );
    const { items, ...next } = page(matching, ({ name }) => name, paging);
    return { Tenants: items.map((tenant) => info(ses, tenant)), ...next };
  },
);

/** Operations that make, show and remove tenants. */
export const tenantOperations = [createTenant, getTenant, deleteTenant, listTenants];
