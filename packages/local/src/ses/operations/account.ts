import * as z from "zod";
import * as Account from "../account.ts";
import { define } from "../operation.ts";

const getAccount = define("GET /v2/email/account", "GetAccount", z.object({}), (ses) => {
  const { sendingEnabled, suspended, suppressedReasons } = Account.get(ses);
  return {
    DedicatedIpAutoWarmupEnabled: false,
    EnforcementStatus: suspended ? "SHUTDOWN" : "HEALTHY",
    ProductionAccessEnabled: !ses.switches.sandbox,
    SendQuota: Account.quota(ses),
    SendingEnabled: sendingEnabled && !suspended,
    SuppressionAttributes: { SuppressedReasons: suppressedReasons },
  };
});

const putAccountSendingAttributes = define(
  "PUT /v2/email/account/sending",
  "PutAccountSendingAttributes",
  z.object({ SendingEnabled: z.boolean().default(false) }),
  (ses, { SendingEnabled }) => Account.update(ses, { sendingEnabled: SendingEnabled }),
);

const putAccountSuppressionAttributes = define(
  "PUT /v2/email/account/suppression",
  "PutAccountSuppressionAttributes",
  z.object({ SuppressedReasons: z.array(z.enum(["BOUNCE", "COMPLAINT"])).default([]) }),
  (ses, { SuppressedReasons }) => Account.update(ses, { suppressedReasons: SuppressedReasons }),
);

/** Operations on the account as a whole. */
export const accountOperations = [getAccount, putAccountSendingAttributes, putAccountSuppressionAttributes];
