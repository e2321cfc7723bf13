import { randomBytes } from "node:crypto";
import * as z from "zod";
import * as Account from "./account.ts";
import * as Address from "./address.ts";
import type { Ses } from "./context.ts";
import { SesError } from "./error.ts";
import * as Identity from "./identity.ts";
import * as MessageId from "./message-id.ts";
import * as Received from "./received.ts";

const text = z.string().min(1);

/** SendBounce's input, of which SES v1 takes one call a second. */
export const schema = z.object({
  OriginalMessageId: text,
  BounceSender: text,
  Explanation: z.string().optional(),
  MessageDsn: z
    .object({
      ReportingMta: text,
      ExtensionFields: z.array(z.object({ Name: text, Value: text })).default([]),
    })
    .optional(),
  BouncedRecipientInfoList: z
    .array(
      z.object({
        Recipient: text,
        BounceType: z
          .enum([
            "DoesNotExist",
            "MessageTooLarge",
            "ExceededQuota",
            "ContentRejected",
            "Undefined",
            "TemporaryFailure",
          ])
          .optional(),
        RecipientDsnFields: z.object({ Action: text, Status: text, DiagnosticCode: z.string().optional() }).optional(),
      }),
    )
    .min(1),
});
export type Request = z.output<typeof schema>;

/**
 * SendBounce: a report to the sender of a mail that was received within a day, from a verified identity, with the empty
 * reverse-path. What SES writes itself into it is not ours to choose; here it has what RFC 3464 and RFC 3834 ask for.
 * @returns the id of the report.
 */
export async function send(ses: Ses, request: Request): Promise<string> {
  const original = Received.find(ses, request.OriginalMessageId);
  if (!original) throw rejected("The message to be bounced is not known, or was received more than 24 hours ago.");
  if (original.envelope_from === "") throw rejected("The message to be bounced has no sender.");
  const [from = ""] = Address.parse(request.BounceSender);
  if (!Identity.cover(ses, from)) throw rejected(`Email address is not verified: ${from}`);
  Account.assertSending(ses);
  const rate = ses.switches.bounceRate;
  if (rate !== undefined && !ses.bouncing.take(1, rate, ses.now()))
    throw new SesError("Throttling", "Maximum sending rate exceeded.");
  return ses.commit(() => write(ses, request, original, from));
}

const rejected = (message: string): SesError => new SesError("MessageRejected", message);

function write(ses: Ses, request: Request, original: Received.Received, from: string): string {
  Account.charge(ses, 1);
  const at = ses.now();
  const id = MessageId.create(at);
  const summary = {
    id,
    at: new Date(at).toISOString(),
    envelope_from: "",
    recipients: [original.envelope_from],
    from: `MAILER-DAEMON <${from}>`,
    subject: "Delivery Status Notification (Failure)",
    tenant: null,
    tags: {},
  };
  ses.mailbox.add(summary, at, 1, report(ses, request, original, { from, id, at }));
  return id;
}

/** multipart/report (RFC 3462, RFC 3464). */
function report(
  ses: Ses,
  { Explanation, MessageDsn, BouncedRecipientInfoList: list }: Request,
  { envelope_from, fields }: Received.Received,
  { from, id, at }: { from: string; id: string; at: number },
): Buffer {
  const boundary = `=_${randomBytes(16).toString("hex")}`;
  const part = (type: string, ...lines: string[]) => [`--${boundary}`, `Content-Type: ${type}`, "", ...lines, ""];
  const answered = fields.find(({ name }) => name === "message-id")?.value;
  const people = Buffer.from(
    Explanation ?? `The message was not delivered to ${list.map((one) => one.Recipient).join()}.`,
  );
  return Buffer.from(
    [
      `From: MAILER-DAEMON <${from}>`,
      `To: ${envelope_from}`,
      "Subject: Delivery Status Notification (Failure)",
      `Date: ${new Date(at).toUTCString().replace("GMT", "+0000")}`,
      `Message-ID: ${MessageId.header(id, ses.region)}`,
      ...(answered === undefined ? [] : [`In-Reply-To: ${answered}`, `References: ${answered}`]),
      "Auto-Submitted: auto-replied",
      "MIME-Version: 1.0",
      `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
      "",
      ...part("text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64", ...base64(people)),
      ...part(
        "message/delivery-status",
        `Reporting-MTA: ${MessageDsn?.ReportingMta ?? `dns; inbound-smtp.${ses.region}.amazonaws.com`}`,
        ...(MessageDsn?.ExtensionFields ?? []).map(({ Name, Value }) => `${Name}: ${Value}`),
        ...list.flatMap(recipient),
      ),
      ...part("text/rfc822-headers", ...fields.map(({ name, value }) => `${name}: ${value}`)),
      `--${boundary}--`,
      "",
    ].join("\r\n"),
  );
}

const base64 = (bytes: Buffer): string[] => bytes.toString("base64").match(/.{1,76}/g) ?? [];

const statuses = { DoesNotExist: "5.1.1", MessageTooLarge: "5.3.4", ExceededQuota: "5.2.2", ContentRejected: "5.6.1" };

function recipient({
  Recipient,
  BounceType,
  RecipientDsnFields,
}: Request["BouncedRecipientInfoList"][number]): string[] {
  const usual = Object.entries(statuses).find(([type]) => type === BounceType)?.[1] ?? "5.0.0";
  const { Action = "failed", Status = usual, DiagnosticCode } = RecipientDsnFields ?? {};
  return [
    "",
    `Final-Recipient: rfc822; ${Recipient}`,
    `Action: ${Action}`,
    `Status: ${Status}`,
    ...(DiagnosticCode === undefined ? [] : [`Diagnostic-Code: ${DiagnosticCode}`]),
  ];
}
