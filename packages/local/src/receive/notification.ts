import type { Field } from "@posthouse/core/inbound/header";
import * as Header from "@posthouse/core/inbound/header";
import type { Verdicts } from "./verdict.ts";

/** A mail as an SMTP client handed it over. */
export interface Arrival {
  /** The reverse-path; empty = that of a report (RFC 5321 §4.5.5). */
  readonly envelope_from: string;
  /** The forward-paths, all of them of domains that mail is received for. */
  readonly recipients: readonly string[];
  readonly raw: Uint8Array;
  /** How the client called itself, and where it is. */
  readonly client: { readonly name: string; readonly address: string };
}

/** Where SES has put the mail, and whom it told. */
export interface Stored {
  /** SES's id of the mail. */
  readonly id: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly topicArn: string;
  /** When it came, in ms. */
  readonly at: number;
  readonly verdicts: Verdicts;
}

/** SES leaves off the header of a notification after so many octets. */
const longestHeader = 10_240;

/** What SES publishes of a mail that a receipt rule's S3 action took. */
export function notification(arrival: Arrival, stored: Stored): object {
  const { headers, headersTruncated } = cut(Header.each(Header.split(arrival.raw).header));
  const { id, at, bucket, prefix, topicArn, verdicts } = stored;
  const timestamp = new Date(at).toISOString();
  const verdict = (status: string) => ({ status });
  return {
    notificationType: "Received",
    mail: {
      timestamp,
      source: arrival.envelope_from,
      messageId: id,
      destination: arrival.recipients,
      headersTruncated,
      headers,
      commonHeaders: common(headers, arrival),
    },
    receipt: {
      timestamp,
      processingTimeMillis: 1,
      recipients: arrival.recipients,
      spamVerdict: verdict(verdicts.spam),
      virusVerdict: verdict(verdicts.virus),
      spfVerdict: verdict(verdicts.spf),
      dkimVerdict: verdict(verdicts.dkim),
      dmarcVerdict: verdict(verdicts.dmarc),
      action: { type: "S3", topicArn, bucketName: bucket, objectKeyPrefix: prefix, objectKey: `${prefix}${id}` },
    },
  };
}

function cut(fields: Iterable<Field>): { headers: Field[]; headersTruncated: boolean } {
  let octets = 0;
  const headers: Field[] = [];
  for (const field of fields) {
    octets += Buffer.byteLength(field.name) + Buffer.byteLength(field.value);
    if (octets > longestHeader) return { headers, headersTruncated: true };
    headers.push(field);
  }
  return { headers, headersTruncated: false };
}

function common(fields: readonly Field[], { envelope_from }: Arrival): object {
  const one = (key: string, name: string) => {
    const value = Header.first(fields, name);
    return value === undefined ? {} : { [key]: value };
  };
  const list = (key: string) => {
    const value = Header.first(fields, key);
    return value === undefined ? {} : { [key]: [value] };
  };
  return {
    returnPath: envelope_from,
    ...list("from"),
    ...one("date", "date"),
    ...list("to"),
    ...list("cc"),
    ...one("messageId", "message-id"),
    ...one("subject", "subject"),
  };
}
