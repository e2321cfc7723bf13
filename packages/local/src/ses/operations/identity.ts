import * as z from "zod";
import * as ConfigurationSet from "../configuration-set.ts";
import type { Ses } from "../context.ts";
import { badRequest } from "../error.ts";
import * as Identity from "../identity.ts";
import { define, seconds, tagsSchema } from "../operation.ts";
import { page, pageSchema } from "../page.ts";
import * as Verification from "../verification.ts";

const PATH = "/v2/email/identities";
const ONE = `${PATH}/:EmailIdentity` as const;
const NAME = /^(?:[^@\s]+@)?(?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}$/i;

const named = z.object({ EmailIdentity: z.string() });

function type(name: string): "DOMAIN" | "EMAIL_ADDRESS" {
  return Identity.isAddress(name) ? "EMAIL_ADDRESS" : "DOMAIN";
}

function dkim({ dkim, status, createdAt, name }: Identity.Identity): object {
  const easy = dkim.origin === "AWS_SES" && !Identity.isAddress(name);
  return {
    SigningEnabled: dkim.enabled,
    Status: Identity.isAddress(name) ? "NOT_STARTED" : status,
    Tokens: dkim.tokens,
    SigningAttributesOrigin: dkim.origin,
    ...(easy && {
      NextSigningKeyLength: "RSA_2048_BIT",
      CurrentSigningKeyLength: "RSA_2048_BIT",
      LastKeyGenerationTimestamp: seconds(createdAt),
    }),
  };
}

function mailFrom({ mailFrom }: Identity.Identity): object | undefined {
  if (!mailFrom) return undefined;
  const { domain, status, behavior } = mailFrom;
  return { MailFromDomain: domain, MailFromDomainStatus: status, BehaviorOnMxFailure: behavior };
}

const createIdentity = define(
  `POST ${PATH}`,
  "CreateEmailIdentity",
  named.extend({
    Tags: tagsSchema,
    DkimSigningAttributes: z.object({ DomainSigningSelector: z.string().optional() }).optional(),
    ConfigurationSetName: z.string().optional(),
  }),
  (ses, { EmailIdentity, Tags, DkimSigningAttributes, ConfigurationSetName }) => {
    if (!NAME.test(EmailIdentity)) throw badRequest("EmailIdentity: give an address or a domain in ASCII (punycode).");
    const selector = DkimSigningAttributes?.DomainSigningSelector;
    if (selector && Identity.isAddress(EmailIdentity)) throw badRequest("DkimSigningAttributes: for domains only.");
    if (ConfigurationSetName) ConfigurationSet.get(ses, ConfigurationSetName);
    const identity = Identity.create(ses, {
      name: EmailIdentity,
      tags: Tags,
      ...(ConfigurationSetName && { configurationSet: ConfigurationSetName }),
      ...(selector && { selector }),
    });
    return { IdentityType: type(identity.name), VerifiedForSendingStatus: false, DkimAttributes: dkim(identity) };
  },
);

const getIdentity = define(`GET ${ONE}`, "GetEmailIdentity", named, async (ses, { EmailIdentity }) => {
  await Verification.check(ses, EmailIdentity);
  const identity = Identity.get(ses, EmailIdentity);
  return {
    IdentityType: type(identity.name),
    FeedbackForwardingStatus: identity.feedbackForwarding,
    VerifiedForSendingStatus: identity.status === "SUCCESS",
    DkimAttributes: dkim(identity),
    MailFromAttributes: mailFrom(identity),
    Policies: {},
    Tags: identity.tags,
    ConfigurationSetName: identity.configurationSet,
    VerificationStatus: identity.status,
  };
});

const deleteIdentity = define(`DELETE ${ONE}`, "DeleteEmailIdentity", named, (ses, { EmailIdentity }) => {
  const { name } = Identity.get(ses, EmailIdentity);
  ses.transaction(() => {
    ses.identities.remove(name);
    forget(ses, Identity.arn(ses, name));
  });
});

function forget(ses: Ses, arn: string): void {
  for (const { key, value } of ses.associations.list()) if (value.arn === arn) ses.associations.remove(key);
}

const listIdentities = define(
  "POST /v2/email/list-identities",
  "ListEmailIdentities",
  pageSchema.extend({ Filter: z.record(z.string(), z.string()).default({}) }),
  (ses, { Filter, ...paging }) => {
    const matches = ({ name, status }: Identity.Identity) =>
      name.includes(Filter["IDENTITY_NAME_CONTAINS"] ?? "") &&
      [type(name), undefined].includes(Filter["IDENTITY_TYPE"] as "DOMAIN" | undefined) &&
      [status, undefined].includes(Filter["VERIFICATION_STATUS"] as "SUCCESS" | undefined);
    const all = ses.identities.list().map(({ value }) => value);
    const { items, ...next } = page(all.filter(matches), ({ name }) => name, paging);
    const EmailIdentities = items.map(({ name, status }) => ({
      IdentityType: type(name),
      IdentityName: name,
      SendingEnabled: status === "SUCCESS",
      VerificationStatus: status,
    }));
    return { EmailIdentities, ...next };
  },
);

/** Operations that make, show and remove identities. */
export const identityOperations = [createIdentity, getIdentity, deleteIdentity, listIdentities];
