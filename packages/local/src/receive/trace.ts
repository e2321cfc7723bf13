import type { Authentication } from "@posthouse/core/ports/mail-auth";
import { region } from "../fauxqs.ts";
import type { Arrival } from "./notification.ts";
import type { Verdicts } from "./verdict.ts";

/** What is known of a mail when it is stored. */
export interface Taken {
  readonly id: string;
  /** ms */
  readonly at: number;
  readonly verdicts: Verdicts;
  readonly authentication: Authentication;
}

/** What SES writes on top of a mail (RFC 5321 §4.4, RFC 7208 §9.1, RFC 8601), and in which order. */
export function trace({ envelope_from, client }: Arrival, { id, at, verdicts, authentication }: Taken): Buffer {
  const name = clean(client.name);
  const lines = [
    `Return-Path: <${envelope_from}>`,
    `Received: from ${name} ([${clean(client.address)}])`,
    ` by inbound-smtp.${region}.amazonaws.com with SMTP id ${id};`,
    ` ${new Date(at).toUTCString().replace("GMT", "+0000")}`,
    ...(verdicts.spam === "DISABLED" ? [] : [`X-SES-Spam-Verdict: ${verdicts.spam}`]),
    ...(verdicts.virus === "DISABLED" ? [] : [`X-SES-Virus-Verdict: ${verdicts.virus}`]),
    "Authentication-Results: amazonses.com;",
    ...results(authentication, envelope_from, name),
    `X-SES-RECEIPT: ${Buffer.from(id).toString("base64")}`,
  ];
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(""));
}

function results({ spf, dkim, dmarc }: Authentication, envelope_from: string, helo: string): string[] {
  const path = /^[\w.+=@-]+$/.test(envelope_from) ? envelope_from : "";
  const of = (domain: string | null, property: string) => (domain === null ? "" : ` ${property}${domain}`);
  return [
    ` spf=${spf.result} (spfCheck) envelope-from=${path}; helo=${helo};`,
    ...dkim.map(({ result, domain }) => ` dkim=${result}${of(domain, "header.i=@")};`),
    ` dmarc=${dmarc.result}${of(dmarc.domain, "header.from=")};`,
  ];
}

/** What a client says of itself is no word of ours: letters, digits, and what is in names and addresses. */
const clean = (text: string): string => text.replace(/[^\w.:[\]-]+/g, "?");
