import { parse } from "../dns/dmarc.ts";
import type { CheckRecord } from "./check.ts";
import { type DnsRecord, judge, show, type Verdict } from "./dns-record.ts";
import * as Expected from "./expected.ts";
import type { External } from "./external.ts";

/** Records that nothing depends on, and what to know about them (R-DOM-9, R-DOM-10). */

/**
 * The SPF record of the domain itself. Over the platform SPF is evaluated on the MAIL FROM domain only, so it is looked
 * at for its validity (RFC 7208 §4.6.4); over an external server it should include that provider.
 */
export function apexSpf(check: CheckRecord, external: External | null): DnsRecord[] {
  const { name, seen } = check;
  const wanted = external?.spf_include ?? null;
  const value = seen?.spf?.records[0] ?? (wanted === null ? null : `v=spf1 include:${wanted} ~all`);
  if (value === null) return [];
  const record = { record: "SPF", name, type: "TXT", value, required: false } as const;
  return [show(check, record, spfVerdict(check, wanted))];
}

function spfVerdict(check: CheckRecord, wanted: string | null): Verdict {
  const spf = check.seen?.spf;
  if (!spf) return judge(check, { name: check.name, type: "TXT" }, spf, () => null);
  const found = spf.records;
  if (spf.problems.length > 0)
    return { status: "failed", found, advice: `Receivers take it for void: ${spf.problems.join("; ")}.` };
  if (wanted === null || spf.includes.includes(wanted)) return { status: "verified", found, advice: null };
  const advice = `Your mail server's provider is not in it: add include:${wanted} before its last term.`;
  return { status: found.length === 0 ? "pending" : "failed", found, advice };
}

/** The DMARC policy, and which of SPF and DKIM is aligned with it, by organisational domain (RFC 7489 §3.1). */
export function dmarc(check: CheckRecord): DnsRecord {
  const { name, mail_from, identity, seen } = check;
  const record = {
    record: "DMARC",
    name: Expected.dmarcName(name),
    type: "TXT",
    value: Expected.dmarcValue,
    required: false,
  } as const;
  const at = seen?.dmarc.at ?? record.name;
  const verdict = judge(check, record, seen?.dmarc.found, (found) => {
    if (found.length > 1)
      return `There are ${found.length} DMARC records at ${at}, which makes all of them void: keep one.`;
    return parse(found[0] ?? "").policy === null ? `The record at ${at} has no policy: give it p=none at least.` : null;
  });
  if (verdict.status === "pending")
    return show(check, record, {
      ...verdict,
      advice: "There is no policy. Gmail, Yahoo and Microsoft ask bulk senders for one.",
    });
  if (verdict.status !== "verified" || identity === null) return show(check, record, verdict);
  const { spf } = parse(verdict.found?.[0] ?? "");
  const advice =
    spf === "s"
      ? `Mail over the platform passes by DKIM, signed as ${name}. SPF is not aligned: aspf=s asks for ${name} itself, and the MAIL FROM domain is ${mail_from}.`
      : `Mail over the platform passes twice: by DKIM, signed as ${name}, and by SPF, for ${mail_from} has the same organisational domain.`;
  return show(check, record, { ...verdict, advice });
}

/** Receiving mail at us is an option and never wrong: taking over an MX would cut off the mailboxes behind it. */
export function inbound(check: CheckRecord): DnsRecord[] {
  const { name, identity, seen } = check;
  if (identity === null) return [];
  const value = identity.inbound_mx;
  const record = { record: "Receiving", name, type: "MX", value, priority: 10, required: false } as const;
  const others = (seen?.mx ?? []).map(({ exchange }) => exchange).filter((exchange) => exchange !== value);
  const found = seen?.mx?.map(({ exchange }) => exchange) ?? [];
  if (found.length > 0 && others.length === 0)
    return [show(check, record, { status: "verified", found, advice: null })];
  const advice =
    others.length === 0
      ? "Optional: with it, mail to this domain is received here."
      : `Leave it as it is: ${others.join(", ")} receives the mail of this domain, and another MX would cut those mailboxes off. Forward the addresses under mailboxes to the default domain, or use a sub-domain as alias domain.`;
  return [show(check, record, { status: "not_started", found, advice })];
}
