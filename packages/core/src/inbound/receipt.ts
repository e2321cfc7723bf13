import * as z from "zod";
import { isGreeting } from "../feedback/greeting.ts";
import { receivedPrefix } from "./object.ts";

/** What SES found out about a mail; null = it did not say. */
export type Verdict = "pass" | "fail" | "gray" | "processing_failed" | "disabled" | null;

/** SES's verdicts: spam, virus, and RFC 7208, 6376 and 7489. */
export interface Verdicts {
  readonly spam: Verdict;
  readonly virus: Verdict;
  readonly spf: Verdict;
  readonly dkim: Verdict;
  readonly dmarc: Verdict;
}

/** A mail that SES has received and put into the bucket. */
export interface Receipt {
  /** SES's own id of the mail. */
  readonly id: string;
  /** ISO 8601 UTC. */
  readonly received_at: string;
  /** The reverse-path (RFC 5321 §3.3); null = the empty one of reports. */
  readonly envelope_from: string | null;
  /** The forward-paths: who decides whose it is (R-IN). */
  readonly recipients: readonly string[];
  readonly verdicts: Verdicts;
  /** The key of its object. */
  readonly blob: string;
  /** How it came in where that was not over SES (R-IN-8): then `id` is not SES's, and nobody has checked it. */
  readonly source?: "api" | "incoming";
}

const verdict = z
  .object({
    status: z
      .string()
      .toLowerCase()
      .pipe(z.enum(["pass", "fail", "gray", "processing_failed", "disabled"])),
  })
  .transform(({ status }): Verdict => status)
  .nullable()
  .catch(null);

/** What is read of the notification of a receipt rule's S3 action; the rest passes by. */
const schema = z.object({
  notificationType: z.literal("Received"),
  mail: z.object({
    messageId: z.string().min(1).max(200),
    timestamp: z.iso.datetime({ offset: true }),
    source: z.string().nullish(),
  }),
  receipt: z.object({
    recipients: z.array(z.string()),
    spamVerdict: verdict,
    virusVerdict: verdict,
    spfVerdict: verdict,
    dkimVerdict: verdict,
    dmarcVerdict: verdict,
    action: z.object({ type: z.literal("S3"), objectKey: z.string().startsWith(receivedPrefix) }),
  }),
});

/** What SES puts into a bucket that a receipt rule just began to name. */
const setup = z.object({ mail: z.object({ messageId: z.literal("AMAZON_SES_SETUP_NOTIFICATION") }) });

const isSetup = (body: unknown): boolean => isGreeting(body) || setup.safeParse(body).success;

/**
 * Reads what SES publishes to SNS of a mail that came in.
 * @returns null for its own word that a receipt rule was set up: that is nobody's mail, and its object ends by its age.
 * @throws ZodError when it is none, or the receipt rule puts mail elsewhere.
 */
export function read(body: unknown): Receipt | null {
  if (isSetup(body)) return null;
  const { mail, receipt } = schema.parse(body);
  const { spamVerdict, virusVerdict, spfVerdict, dkimVerdict, dmarcVerdict } = receipt;
  return {
    id: mail.messageId,
    received_at: new Date(mail.timestamp).toISOString(),
    envelope_from: /[^<>\s]+/.exec(mail.source ?? "")?.[0] ?? null,
    recipients: receipt.recipients,
    verdicts: {
      spam: spamVerdict,
      virus: virusVerdict,
      spf: spfVerdict,
      dkim: dkimVerdict,
      dmarc: dmarcVerdict,
    },
    blob: receipt.action.objectKey,
  };
}
