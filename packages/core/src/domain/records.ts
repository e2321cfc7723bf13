import type { Mx } from "../ports/dns.ts";
import * as Advice from "./advice.ts";
import type { CheckRecord } from "./check.ts";
import { type DnsRecord, judge, show } from "./dns-record.ts";
import * as Expected from "./expected.ts";
import type { External } from "./external.ts";
import type { Found } from "./seen.ts";

/**
 * The DNS records of a domain, each with its live status (R-DOM-9). Those that prove it and let the platform send are
 * required, unless an external server sends for it: then they are advice (R-DOM-10).
 */
export function records(check: CheckRecord, external: External | null): DnsRecord[] {
  const required = external === null;
  return [
    ownership(check, required),
    ...(check.identity === null ? [] : [...dkim(check, required), ...mailFrom(check, required)]),
    ...Advice.apexSpf(check, external),
    Advice.dmarc(check),
    ...Advice.inbound(check),
  ];
}

function ownership(check: CheckRecord, required: boolean): DnsRecord {
  const { seen, refusal } = check;
  const value = Expected.ownershipValue(check);
  const record = { record: "Ownership", name: Expected.ownershipName(check), type: "TXT", value, required } as const;
  const verdict = judge(check, record, seen?.ownership, (found) => {
    if (found.includes(value)) return null;
    if (found.includes(`"${value}"`))
      return "The value is published with quotation marks as part of it: leave them out.";
    return `${quoted(found)} is published there, which is not this database's: add a TXT record with this value.`;
  });
  if (refusal === "resting") return show(check, record, { ...verdict, status: "failed", advice: restAdvice });
  if (refusal !== "held_by_another" || verdict.status !== "verified") return show(check, record, verdict);
  return show(check, record, { ...verdict, status: "failed", advice: heldAdvice });
}

const restAdvice =
  "Publish it, then ask for the verification by POST /v1/domains/{id}/verify: it has ended, or has not begun. The other records are shown once it has begun.";

const heldAdvice =
  "Another database has proved this domain before and holds it. To move it here, take the other TXT record away and leave this one: the domain moves when two checks an hour apart have seen that.";

function dkim(check: CheckRecord, required: boolean): DnsRecord[] {
  const { seen, identity } = check;
  return Expected.dkim(check).map(({ name, value }, n) => {
    const record = { record: "DKIM", name, type: "CNAME", value, required } as const;
    const verdict = judge(check, record, seen?.dkim[n], (found) =>
      found.includes(value) ? null : `${quoted(found)} is published there: change it to ${value}.`,
    );
    if (verdict.status !== "verified" || identity?.dkim === "success") return show(check, record, verdict);
    const advice = "Published as it should be. Amazon SES has not seen it yet; it looks again by itself.";
    return show(check, record, { ...verdict, status: "pending", advice });
  });
}

function mailFrom(check: CheckRecord, required: boolean): DnsRecord[] {
  const { seen, mail_from: name, identity } = check;
  const value = identity?.feedback_mx ?? "";
  const exchange = { record: "SPF", name, type: "MX", value, priority: 10, required } as const;
  const spf = { record: "SPF", name, type: "TXT", value: Expected.mailFromSpf, required: false } as const;
  return [
    show(
      check,
      exchange,
      judge(check, exchange, hosts(seen?.mail_from_mx), (found) => {
        const others = found.filter((host) => host !== value);
        if (others.length === 0) return found.length === 1 ? null : repeated(value, found.length);
        if (others.length < found.length)
          return `${quoted(others)} is published beside it: take it away, Amazon SES wants its own MX to be the only one.`;
        return `${quoted(others)} is published there: change it to ${value}. This name may not receive mail of your own.`;
      }),
    ),
    show(
      check,
      spf,
      judge(check, spf, spfOnly(seen?.mail_from_txt), (found) => {
        if (found.length > 1) return "There is more than one SPF record, which makes all of them void: keep one.";
        if (/ \+?include:amazonses\.com(?: |$)/i.test(found[0] ?? "")) return null;
        return `${quoted(found)} does not include amazonses.com: add include:amazonses.com before its last term.`;
      }),
    ),
  ];
}

const repeated = (value: string, times: number): string =>
  `"${value}" is published ${times} times: Amazon SES wants exactly one MX record there, so leave one of them.`;

const hosts = (found: Found<Mx> | undefined): Found<string> | undefined =>
  found?.map(({ exchange }) => exchange) ?? keep(found);

const spfOnly = (found: Found<string> | undefined): Found<string> | undefined =>
  found?.filter((text) => /^v=spf1(?: |$)/i.test(text)) ?? keep(found);

/** What is no list says why there is none: not looked up, or no result. */
const keep = (found: Found<unknown> | undefined): null | undefined => (found === null ? null : undefined);

const quoted = (found: readonly string[]): string =>
  found.map((each) => JSON.stringify(each.length > 200 ? `${each.slice(0, 200)}…` : each)).join(" and ");
