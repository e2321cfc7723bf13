import * as Header from "@posthouse/core/inbound/header";
import { mailboxes } from "@posthouse/core/inbound/people";
import type { Authentication, AuthResult } from "@posthouse/core/ports/mail-auth";
import type { Arrival } from "./notification.ts";

/** As SES says it. */
export type Verdict = "PASS" | "FAIL" | "GRAY" | "PROCESSING_FAILED" | "DISABLED";

/** SES's verdicts on a mail. */
export type Verdicts = Readonly<Record<"spam" | "virus" | "spf" | "dkim" | "dmarc", Verdict>>;
/** Those that a test or an operator decides. */
export type Forced = Partial<Verdicts>;

/** A mail that nobody looked at: no scanner, no look-ups. */
export const unchecked: Authentication = {
  spf: { result: "none", domain: null },
  dkim: [],
  dmarc: { result: "none", domain: null, policy: null },
};

const resultOf: Readonly<Record<Verdict, AuthResult>> = {
  PASS: "pass",
  FAIL: "fail",
  GRAY: "none",
  PROCESSING_FAILED: "temperror",
  DISABLED: "none",
};

/** What was found, with what is decided in its place: of the reverse-path's domain, and of From's. */
export function force(found: Authentication, { spf, dkim, dmarc }: Forced, arrival: Arrival): Authentication {
  const domain = authorDomain(arrival);
  return {
    spf: spf
      ? { result: resultOf[spf], domain: domainOf(arrival.envelope_from || `@${arrival.client.name}`) }
      : found.spf,
    dkim: dkim ? (resultOf[dkim] === "none" ? [] : [{ result: resultOf[dkim], domain }]) : found.dkim,
    dmarc: dmarc ? { result: resultOf[dmarc], domain, policy: found.dmarc.policy } : found.dmarc,
  };
}

const domainOf = (address: string): string | null => address.slice(address.lastIndexOf("@") + 1).toLowerCase() || null;

function authorDomain({ raw }: Arrival): string | null {
  const from = Header.first(Header.fields(Header.split(raw).header, new Set(["from"])), "from");
  const author = mailboxes(from ?? "")[0];
  return author ? domainOf(author.address) : null;
}

/** SES's verdicts: nothing scans for spam and viruses here. */
export function verdicts({ spf, dkim, dmarc }: Authentication, { spam, virus }: Forced): Verdicts {
  const signed = dkim.map(({ result }) => result);
  return {
    spam: spam ?? "DISABLED",
    virus: virus ?? "DISABLED",
    spf: verdict(spf.result),
    dkim: verdict(signed.includes("pass") ? "pass" : (signed[0] ?? "none")),
    dmarc: verdict(dmarc.result),
  };
}

/** A softfail is SES's grey, as is what nobody has published; a DNS that does not answer is a processing that failed. */
function verdict(result: AuthResult): Verdict {
  if (result === "pass") return "PASS";
  if (result === "fail" || result === "policy" || result === "permerror") return "FAIL";
  return result === "temperror" ? "PROCESSING_FAILED" : "GRAY";
}
