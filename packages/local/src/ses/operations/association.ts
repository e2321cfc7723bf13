import * as z from "zod";
import * as Arn from "../arn.ts";
import * as ConfigurationSet from "../configuration-set.ts";
import type { Ses } from "../context.ts";
import { alreadyExists, badRequest, notFound } from "../error.ts";
import * as Identity from "../identity.ts";
import { define, seconds } from "../operation.ts";
import { page, pageSchema } from "../page.ts";
import * as Tenant from "../tenant.ts";

const PATH = "/v2/email/tenants/resources";
const pair = z.object({ TenantName: z.string(), ResourceArn: z.string() });

function type(arn: string): "CONFIGURATION_SET" | "EMAIL_IDENTITY" {
  return arn.includes(":configuration-set/") ? "CONFIGURATION_SET" : "EMAIL_IDENTITY";
}

function assertResource(ses: Ses, arn: string): void {
  const { kind, name } = Arn.parse(ses, arn);
  if (kind === "identity") Identity.get(ses, name);
  else if (kind === "configuration-set") ConfigurationSet.get(ses, name);
  else throw badRequest(`ResourceArn <${arn}>: the embedded SES associates identities and configuration sets.`);
}

const create = define(`POST ${PATH}`, "CreateTenantResourceAssociation", pair, (ses, { TenantName, ResourceArn }) => {
  const { name } = Tenant.get(ses, TenantName);
  assertResource(ses, ResourceArn);
  const key = Tenant.associationKey(name, ResourceArn);
  if (ses.associations.get(key)) throw alreadyExists("Tenant resource association", ResourceArn);
  ses.associations.put(key, { tenant: name, arn: ResourceArn, at: ses.now() });
});

const remove = define(`POST ${PATH}/delete`, "DeleteTenantResourceAssociation", pair, (ses, input) => {
  const { name } = Tenant.get(ses, input.TenantName);
  const removed = ses.associations.remove(Tenant.associationKey(name, input.ResourceArn));
  if (!removed) throw notFound("Tenant resource association", input.ResourceArn);
});

const listResources = define(
  `POST ${PATH}/list`,
  "ListTenantResources",
  pageSchema.extend({ TenantName: z.string(), Filter: z.record(z.string(), z.string()).default({}) }),
  (ses, { TenantName, Filter, ...paging }) => {
    const { name } = Tenant.get(ses, TenantName);
    const arns = ses.associations.list(Tenant.associationKey(name, "")).map(({ value }) => value.arn);
    const wanted = Filter["RESOURCE_TYPE"];
    const { items, ...next } = page(
      arns.filter((arn) => !wanted || type(arn) === wanted),
      (arn) => arn,
      paging,
    );
    return { TenantResources: items.map((arn) => ({ ResourceType: type(arn), ResourceArn: arn })), ...next };
  },
);

const listTenants = define(
  "POST /v2/email/resources/tenants/list",
  "ListResourceTenants",
  pageSchema.extend({ ResourceArn: z.string() }),
  (ses, { ResourceArn, ...paging }) => {
    assertResource(ses, ResourceArn);
    const all = ses.associations.list().map(({ value }) => value);
    const matching = all.filter(({ arn }) => arn === ResourceArn);
    const { items, ...next } = page(matching, ({ tenant }) => tenant, paging);
    const ResourceTenants = items.map(({ tenant, arn, at }) => ({
      TenantName: tenant,
      TenantId: Tenant.get(ses, tenant).id,
      ResourceArn: arn,
      AssociatedTimestamp: seconds(at),
    }));
    return { ResourceTenants, ...next };
  },
);

/** Operations that say which resources a tenant may send with. */
export const associationOperations = [create, remove, listResources, listTenants];
