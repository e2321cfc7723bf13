import type { Job } from "@posthouse/core/job";
import type { MailAuth } from "@posthouse/core/ports/mail-auth";
import type { Arrival } from "@posthouse/local/receive/notification";
import { createReceiver } from "@posthouse/local/receive/receiver";
import type { Forced } from "@posthouse/local/receive/verdict";
import type { TestPorts } from "@posthouse/local/testing";

/** What a test gives of a mail that comes in. */
export interface Incoming extends Partial<Pick<Arrival, "envelope_from">> {
  readonly to: readonly string[];
  /** Header and body; lines may end with LF. */
  readonly raw: string | Uint8Array;
  /** What SES finds of it. @default nothing: `GRAY`, and no scanner */
  readonly verdicts?: Forced;
  /** Where SES looks that up. @default nowhere */
  readonly mailAuth?: MailAuth;
}

/** SES receives a mail. @returns what it tells the inbound queue of it. */
export async function arrive(
  env: TestPorts,
  { to, raw, envelope_from = "mary@customer.example", verdicts, mailAuth }: Incoming,
): Promise<Job> {
  const { received, verdicts: switched } = env.ses.control;
  const receiver = createReceiver({
    endpoint: env.services.fauxqs.url,
    now: env.ports.clock.now,
    control: { received, verdicts: () => verdicts ?? switched() },
    ...(mailAuth && { mailAuth }),
  });
  try {
    const bytes = typeof raw === "string" ? Buffer.from(raw.replace(/\r?\n/g, "\r\n")) : raw;
    const client = { name: "client.example", address: "192.0.2.1" };
    await receiver.take({ envelope_from, recipients: to, raw: bytes, client });
  } finally {
    receiver.close();
  }
  const [job, ...more] = await env.jobs.take("inbound");
  if (!job || more.length > 0) throw new Error(`${more.length + (job ? 1 : 0)} mails wait, one was expected`);
  return job;
}

/** A small mail. */
export const letter = (id: string, more = ""): string =>
  `From: "Mary" <mary@customer.example>\nTo: sales@company-name.posthouse.test\nSubject: An offer\nMessage-ID: <${id}@customer.example>\n${more}\nHello there.\n`;

/** What a delivery report says. */
export interface Told {
  /** Of the mail it speaks of, with angle brackets. */
  readonly message_id: string;
  readonly recipient: string;
  readonly action?: "failed" | "delayed";
  readonly status?: string;
}

/** A delivery report (RFC 3464) with the header of the mail it speaks of. */
export const report = ({ message_id, recipient, action = "failed", status = "5.1.1" }: Told): string => `\
From: MAILER-DAEMON@mx.example.net
Subject: Delivery Status Notification
Message-ID: <${Math.random().toString(36).slice(2)}@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your mail could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; ${recipient}
Action: ${action}
Status: ${status}
Diagnostic-Code: smtp; 550 ${status} no such user

--b
Content-Type: text/rfc822-headers

Message-ID: ${message_id}
To: ${recipient}
Subject: Hello

--b--
`;
