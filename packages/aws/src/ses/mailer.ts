import { type SESv2Client, type SESv2ClientConfig, SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { HandOver, SesMailer, SesMessage } from "@posthouse/core/ports/mailer";
import { judge } from "./failure.ts";
import { sandboxed } from "./sandbox.ts";

/** SES counts To+Cc+Bcc of one call. */
const maximumRecipients = 50;

/**
 * How a client for {@link createSesMailer} must be made. One attempt: SendEmail has no idempotency token, and the
 * SDK's three would send a mail again whose answer was lost.
 * @param timeout ms until an answer must be there, below the lease of a claim
 */
export function sesClientOptions(timeout: number): Pick<SESv2ClientConfig, "maxAttempts" | "requestHandler"> {
  return {
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: Math.min(timeout, 3_000),
      requestTimeout: timeout,
      throwOnRequestTimeout: true,
    },
  };
}

interface Options {
  /** ms for one call in all. */
  readonly timeout_ms: number;
  /** ms a connection may have been idle and still be used. */
  readonly idle_ms?: number;
}

/**
 * SendEmail with Raw content, once (R-REW-3: the bounce address goes along as the feedback address, since SES puts
 * its own on the MAIL FROM domain).
 *
 * Idle connections are not used again. A Lambda is frozen between two events while the other side closes: the next
 * mail would be written to a dead connection, and its reset is an unknown outcome. The wall clock runs on in the
 * freeze; timers of the agent's do not.
 */
export function createSesMailer(client: SESv2Client, { timeout_ms, idle_ms = 4_000 }: Options): SesMailer {
  let inFlight = 0;
  let usedAt = 0;

  async function call(message: SesMessage): Promise<HandOver> {
    let handed = false;
    const command = new SendEmailCommand(params(message));
    const note = { step: "deserialize", priority: "low", name: "noteHandOver" } as const;
    command.middlewareStack.add((next) => {
      return (request) => {
        handed = true;
        return next(request);
      };
    }, note);
    try {
      const { MessageId: id } = await client.send(command, { abortSignal: AbortSignal.timeout(timeout_ms) });
      return accepted(message, id ?? null);
    } catch (error) {
      return sandboxed(error, message) ?? judge(error, handed);
    }
  }

  return {
    async send(message) {
      const { length } = message.recipients;
      if (length === 0 || length > maximumRecipients) return tooMany(length);
      if (inFlight === 0 && Date.now() - usedAt > idle_ms) client.config.requestHandler.destroy?.();
      inFlight++;
      try {
        return await call(message);
      } finally {
        inFlight--;
        usedAt = Date.now();
      }
    },
  };
}

/** The call's input. Destination names the envelope's recipients: whatever the message's fields say, nobody else gets it. */
function params({ mime, from_address, envelope_from, recipients, tenant, configuration_set, tags }: SesMessage) {
  return {
    FromEmailAddress: from_address,
    FeedbackForwardingEmailAddress: envelope_from,
    Destination: { ToAddresses: [...recipients] },
    Content: { Raw: { Data: mime } },
    ConfigurationSetName: configuration_set,
    TenantName: tenant,
    EmailTags: Object.entries(tags).map(([Name, Value]) => ({ Name, Value })),
  };
}

function accepted({ recipients }: SesMessage, id: string | null): HandOver {
  const reply = id === null ? "accepted by SES" : `accepted by SES as ${id}`;
  return {
    outcome: "accepted",
    reply,
    provider_id: id,
    recipients: recipients.map((address) => ({ address, ok: true, reply })),
  };
}

const tooMany = (count: number): HandOver => ({
  outcome: "refused",
  reply: `SES takes 1 to ${maximumRecipients} recipients a call, not ${count}`,
  failure: "permanent",
  retry: false,
});
