import * as z from "zod";
import { strike } from "../fault.ts";
import { define } from "../operation.ts";
import * as Send from "../send.ts";

const addresses = z.array(z.string()).optional();

const request = z.object({
  FromEmailAddress: z.string().optional(),
  Destination: z.object({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses }).optional(),
  FeedbackForwardingEmailAddress: z.string().optional(),
  EmailTags: z.array(z.object({ Name: z.string(), Value: z.string() })).optional(),
  ConfigurationSetName: z.string().optional(),
  TenantName: z.string().optional(),
  Content: z.object({
    Raw: z.object({ Data: z.string() }).optional(),
    Simple: z.unknown().optional(),
    Template: z.unknown().optional(),
  }),
});

/** SendEmail: judged, accepted and on disk before it answers; the hook may break it before and after that. */
export const sendEmail = define("POST /v2/email/outbound-emails", "SendEmail", request, async (ses, input) => {
  const approved = Send.approve(ses, { ...input, raw: Send.content(input.Content) });
  const { from, recipients, tenant, tags } = approved.draft;
  const submission = { from, recipients, tenant: tenant ?? null, tags };
  await strike(ses.hook, "before", submission);
  const MessageId = await Send.accept(ses, approved);
  await strike(ses.hook, "after", submission);
  return { MessageId };
});

/** Operations on mail. */
export const emailOperations = [sendEmail];
