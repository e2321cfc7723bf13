import { settings } from "./stage";
import { bodies } from "./storage";
import { events, received } from "./topics";

const { rootDomain, receives } = settings;
/** SES puts its own address of errors there; it may receive no other mail, and no database may have the name. */
export const mailFrom = `bounce.${rootDomain}`;

/** The root domain: it covers every default domain below it. Customers' own domains are made at run time. */
export const identity = new aws.sesv2.EmailIdentity("RootIdentity", {
  emailIdentity: rootDomain,
  dkimSigningAttributes: { nextSigningKeyLength: "RSA_2048_BIT" },
});
new aws.sesv2.EmailIdentityMailFromAttributes("RootMailFrom", {
  emailIdentity: identity.emailIdentity,
  mailFromDomain: mailFrom,
  behaviorOnMxFailure: "REJECT_MESSAGE",
});
// Errors come as events
new aws.sesv2.EmailIdentityFeedbackAttributes("RootFeedback", {
  emailIdentity: identity.emailIdentity,
  emailForwardingEnabled: false,
});

/** What goes out for the installation itself, such as the doctor's mail to the simulator. */
const set = new aws.sesv2.ConfigurationSet("Own", {
  configurationSetName: `posthouse-${$app.stage}`,
  reputationOptions: { reputationMetricsEnabled: true },
  sendingOptions: { sendingEnabled: true },
});
new aws.sesv2.ConfigurationSetEventDestination(
  "OwnEvents",
  {
    configurationSetName: set.configurationSetName,
    eventDestinationName: "posthouse",
    eventDestination: {
      enabled: true,
      matchingEventTypes: ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY", "RENDERING_FAILURE"],
      snsDestination: { topicArn: events.arn },
    },
  },
  { dependsOn: [events.policy] },
);

/** As whom the doctor sends: databases have tenants of their own. */
const tenant = new aws.sesv2.Tenant("OwnTenant", { tenantName: `posthouse-${$app.stage}` });
for (const [name, resourceArn] of [
  ["OwnIdentity", identity.arn],
  ["OwnSet", set.arn],
] as const)
  new aws.sesv2.TenantResourceAssociation(name, { tenantName: tenant.tenantName, resourceArn });

if (receives && received) {
  const { arn: topicArn, policy } = received;
  // One rule set is active in an account and Region: one stage of it receives
  const rules = new aws.ses.ReceiptRuleSet("Rules", { ruleSetName: `posthouse-${$app.stage}` });
  const active = new aws.ses.ActiveReceiptRuleSet("ActiveRules", { ruleSetName: rules.ruleSetName });
  // An object of its own for each rule: one mail may be for recipients of both, and its object goes with the first that is taken in
  const keep = (objectKeyPrefix: string) => ({
    s3Actions: [{ position: 1, bucketName: bodies.name, objectKeyPrefix, topicArn }],
  });
  const rule = { ruleSetName: rules.ruleSetName, enabled: true, scanEnabled: true, tlsPolicy: "Optional" };
  const needs = { dependsOn: [active, bodies, policy] };
  // By name, for SES says of domains without a condition only that they are those verified: no default domain is one itself
  const own = new aws.ses.ReceiptRule(
    "ReceiveOwn",
    {
      ...rule,
      name: "own",
      recipients: [rootDomain, `.${rootDomain}`],
      ...keep("keep-40d/inbound/own/"),
    },
    needs,
  );
  // No condition on recipients: all verified domains, which are the customers'. Nothing stops before it: a mail may be for both,
  // and what both take of it comes in once (R-IN)
  new aws.ses.ReceiptRule(
    "Receive",
    { ...rule, name: "receive", after: own.name, ...keep("keep-40d/inbound/") },
    needs,
  );
}
