import * as z from "zod";
import * as ConfigurationSet from "../configuration-set.ts";
import { badRequest } from "../error.ts";
import * as Identity from "../identity.ts";
import { define } from "../operation.ts";

const ONE = "/v2/email/identities/:EmailIdentity";
const named = z.object({ EmailIdentity: z.string() });

const putMailFrom = define(
  `PUT ${ONE}/mail-from`,
  "PutEmailIdentityMailFromAttributes",
  named.extend({
    MailFromDomain: z.string().optional(),
    BehaviorOnMxFailure: z.enum(["USE_DEFAULT_VALUE", "REJECT_MESSAGE"]).default("USE_DEFAULT_VALUE"),
  }),
  (ses, { EmailIdentity, MailFromDomain, BehaviorOnMxFailure }) => {
    const { mailFrom: _, ...rest } = Identity.get(ses, EmailIdentity);
    if (!MailFromDomain) return ses.identities.put(rest.name, rest);
    const domain = MailFromDomain.toLowerCase();
    const parent = rest.name.slice(rest.name.lastIndexOf("@") + 1);
    if (!domain.endsWith(`.${parent}`)) throw badRequest(`MailFromDomain: use a subdomain of <${parent}>.`);
    Identity.update(ses, rest.name, { mailFrom: { domain, status: "PENDING", behavior: BehaviorOnMxFailure } });
  },
);

const putFeedback = define(
  `PUT ${ONE}/feedback`,
  "PutEmailIdentityFeedbackAttributes",
  named.extend({ EmailForwardingEnabled: z.boolean().default(false) }),
  (ses, { EmailIdentity, EmailForwardingEnabled }) =>
    Identity.update(ses, EmailIdentity, { feedbackForwarding: EmailForwardingEnabled }),
);

const putConfigurationSet = define(
  `PUT ${ONE}/configuration-set`,
  "PutEmailIdentityConfigurationSetAttributes",
  named.extend({ ConfigurationSetName: z.string().optional() }),
  (ses, { EmailIdentity, ConfigurationSetName }) => {
    const { configurationSet: _, ...rest } = Identity.get(ses, EmailIdentity);
    if (!ConfigurationSetName) return ses.identities.put(rest.name, rest);
    ConfigurationSet.get(ses, ConfigurationSetName);
    Identity.update(ses, rest.name, { configurationSet: ConfigurationSetName });
  },
);

const putDkim = define(
  `PUT ${ONE}/dkim`,
  "PutEmailIdentityDkimAttributes",
  named.extend({ SigningEnabled: z.boolean().default(false) }),
  (ses, { EmailIdentity, SigningEnabled }) => {
    const { name, dkim } = Identity.get(ses, EmailIdentity);
    Identity.update(ses, name, { dkim: { ...dkim, enabled: SigningEnabled } });
  },
);

const putDkimSigning = define(
  `PUT ${ONE}/dkim/signing`,
  "PutEmailIdentityDkimSigningAttributes",
  named.extend({ SigningAttributesOrigin: z.literal("AWS_SES") }),
  (ses, { EmailIdentity }) => {
    const { name, status, dkim } = Identity.get(ses, EmailIdentity);
    const again = status === "FAILED" ? "PENDING" : status;
    Identity.update(ses, name, { status: again });
    return { DkimStatus: again, DkimTokens: dkim.tokens };
  },
);

/** Operations that change an identity. */
export const identityAttributeOperations = [putMailFrom, putFeedback, putConfigurationSet, putDkim, putDkimSigning];
