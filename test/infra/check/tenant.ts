import { account, region } from "../mock.ts";
import { all, part, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** The doctor can send: as a tenant with the root identity and a set that sends, whose events nobody is told before the topic takes them. */
export const tenant: Check = ({ stack }) => {
  const [own] = all(stack, "sesv2/tenant:Tenant").map((one) => text(one, "tenantName"));
  const associated = all(stack, "sesv2/tenantResourceAssociation:TenantResourceAssociation")
    .filter((one) => text(one, "tenantName") === own)
    .map((one) => text(one, "resourceArn"));
  const sets = all(stack, "sesv2/configurationSet:ConfigurationSet");
  const arn = (resource: string) => `arn:aws:ses:${region}:${account}:${resource}`;
  const wanted = [
    ...all(stack, "sesv2/emailIdentity:EmailIdentity").map((one) => `identity/${text(one, "emailIdentity")}`),
    ...sets.map((one) => `configuration-set/${text(one, "configurationSetName")}`),
  ];
  return [
    ...wanted.filter((one) => !associated.includes(arn(one))).map((one) => `the installation's tenant has no ${one}`),
    ...sets
      .filter(({ inputs }) => part(inputs, "sendingOptions")["sendingEnabled"] !== true)
      .map(({ name }) => `the configuration set ${name} sends nothing`),
    ...all(stack, "sesv2/configurationSetEventDestination:ConfigurationSetEventDestination")
      .filter(({ needs }) => !needs.includes("EventsTopicPolicy"))
      .map(({ name }) => `${name} does not wait for EventsTopicPolicy, and SES looks whether it may publish`),
  ];
};
