import * as Address from "./address.ts";
import { badRequest } from "./error.ts";
import * as Header from "./header.ts";
import type { Limits } from "./limits.ts";
import * as Tag from "./tag.ts";

/** What SendEmail takes, Raw content only. */
export interface Request {
  FromEmailAddress?: string | undefined;
  Destination?: Partial<Record<"ToAddresses" | "CcAddresses" | "BccAddresses", string[] | undefined>> | undefined;
  FeedbackForwardingEmailAddress?: string | undefined;
  EmailTags?: Tag.MessageTag[] | undefined;
  ConfigurationSetName?: string | undefined;
  TenantName?: string | undefined;
  raw: Buffer;
}

/** A request read together with the headers of its message. Parameters win over headers. Addresses are bare. */
export interface Draft {
  fields: Header.Field[];
  body: Buffer;
  /** As the caller wrote it: `Name <address>`. */
  source: string;
  /** Address of the sender SES judges the identity by. */
  from: string;
  /** Every address that has to be verified: From, Sender and the return path. */
  senders: string[];
  envelopeFrom: string;
  /** Without doubles. */
  recipients: string[];
  tags: Record<string, string>;
  configurationSet: string | undefined;
  tenant: string | undefined;
}

/** Reads a request; `BadRequestException` for whatever can be seen to be wrong without looking at the account. */
export function read(request: Request, limits: Limits): Draft {
  assertSize(request.raw, limits);
  const { fields, body } = Header.split(request.raw);
  const header = (name: string) => Header.value(fields, name);
  const source = request.FromEmailAddress ?? header("from");
  if (!source) throw badRequest("Missing required header 'From'.");
  const from = one(source);
  const path = request.FeedbackForwardingEmailAddress ?? header("return-path");
  const also = [header("from"), header("sender"), path].filter((value) => value !== undefined);
  return {
    fields,
    body,
    source,
    from,
    senders: [...new Set([from, ...also.flatMap(Address.parse)])],
    envelopeFrom: path ? one(path) : from,
    recipients: recipients(request, fields, limits),
    tags: Tag.collect(
      request.EmailTags?.length ? request.EmailTags : Tag.parse(header("x-ses-message-tags") ?? ""),
      limits.tagLength,
    ),
    configurationSet: request.ConfigurationSetName ?? header("x-ses-configuration-set"),
    tenant: request.TenantName ?? header("x-ses-tenant"),
  };
}

function one(value: string): string {
  const [address, ...more] = Address.parse(value);
  if (!address || more.length > 0) throw badRequest(`Expected one address in '${value}'.`);
  return address;
}

function recipients({ Destination }: Request, fields: Header.Field[], limits: Limits): string[] {
  const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = Destination ?? {};
  const given = [...ToAddresses, ...CcAddresses, ...BccAddresses];
  const headers = ["to", "cc", "bcc"].map((name) => Header.value(fields, name) ?? "");
  const all = (given.length > 0 ? given : headers).flatMap(Address.parse);
  if (all.length === 0) throw badRequest("Missing required header 'To': give at least one recipient.");
  if (all.length > limits.recipients) throw badRequest(`Recipient count exceeds ${limits.recipients}.`);
  return [...new Set(all)];
}

function assertSize(raw: Buffer, { messageBytes, lineLength }: Limits): void {
  if (raw.length > messageBytes) {
    throw badRequest(`Message length is more than ${messageBytes} bytes long: '${raw.length}'.`);
  }
  for (let start = 0; start < raw.length; ) {
    const feed = raw.indexOf(10, start);
    const end = feed < 0 ? raw.length : feed;
    const length = end - start - (raw[end - 1] === 13 ? 1 : 0);
    if (length > lineLength)
      throw badRequest(`A line of the message is longer than ${lineLength} characters (RFC 5322, section 2.1.1).`);
    start = end + 1;
  }
}
