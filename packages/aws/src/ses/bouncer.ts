import { SESClient, SendBounceCommand } from "@aws-sdk/client-ses";
import type { Bounce, Bouncer } from "@posthouse/core/ports/bouncer";
import type { HandOver } from "@posthouse/core/ports/mailer";
import { clientOptions } from "../client-options.ts";
import type { AwsConfig } from "../config.ts";
import { judge } from "./failure.ts";
import { sesClientOptions } from "./mailer.ts";

/** How long one call may take, in ms. */
const longest = 10_000;

/** The bouncer on SES v1, whose v2 has no such call, with a client of its own that never repeats by itself. */
export const openBouncer = (config: AwsConfig): Bouncer =>
  createBouncer(new SESClient({ ...clientOptions(config, "ses"), ...sesClientOptions(longest) }));

/**
 * SendBounce, once: it has no idempotency token, so what was asked twice would be told twice. SES takes one a second,
 * of mail it received within a day.
 */
export function createBouncer(client: SESClient): Bouncer {
  return {
    async bounce(bounce) {
      try {
        const command = new SendBounceCommand(params(bounce));
        const { MessageId } = await client.send(command, { abortSignal: AbortSignal.timeout(longest) });
        return accepted(bounce, MessageId ?? null);
      } catch (error) {
        return judge(error, true);
      }
    },
  };
}

const params = ({ message_id, from, recipient, reason, status, explanation, fields }: Bounce) => ({
  OriginalMessageId: message_id,
  BounceSender: from,
  Explanation: explanation,
  BouncedRecipientInfoList: [
    {
      Recipient: recipient,
      BounceType: reason,
      RecipientDsnFields: { Action: "failed" as const, Status: status },
    },
  ],
  MessageDsn: {
    // The SDK insists on one; SES's own default has the same form
    ReportingMta: `dns; ${from.slice(from.lastIndexOf("@") + 1)}`,
    ExtensionFields: Object.entries(fields).map(([Name, Value]) => ({ Name, Value })),
  },
});

function accepted({ recipient }: Bounce, id: string | null): HandOver {
  const reply = id === null ? "accepted by SES" : `accepted by SES as ${id}`;
  return { outcome: "accepted", reply, provider_id: id, recipients: [{ address: recipient, ok: true, reply }] };
}
