import { createHmac } from "node:crypto";

/** A message as Standard Webhooks signs it. */
export interface Message {
  /** The event's id: the same at every attempt, so that a receiver knows a repetition. */
  readonly id: string;
  /** Of the attempt, in seconds since 1970: receivers refuse one that is 5 minutes off. */
  readonly timestamp: number;
  /** Exactly as it is sent. */
  readonly body: string;
}

/** The headers an event is sent with. */
export type SignatureHeaders = Readonly<Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>>;

/**
 * The value of `webhook-signature`: one `v1,<base64>` for each secret, separated by spaces (Standard Webhooks,
 * HMAC-SHA256 of `id.timestamp.body`). A receiver takes the message when one of them is right.
 * @param secrets `whsec_…`, the newest first
 */
export const sign = ({ id, timestamp, body }: Message, secrets: readonly string[]): string =>
  secrets
    .map((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
      return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
    })
    .join(" ");

/** The three headers of Standard Webhooks. */
export const headers = (message: Message, secrets: readonly string[]): SignatureHeaders => ({
  "webhook-id": message.id,
  "webhook-timestamp": String(message.timestamp),
  "webhook-signature": sign(message, secrets),
});
