import * as Domain from "../address/domain.ts";
import type { Authentication, AuthResult } from "../ports/mail-auth.ts";
import type { Ports } from "../ports/main.ts";
import * as Header from "./header.ts";
import type { Receipt, Verdict, Verdicts } from "./receipt.ts";

/**
 * Who vouches for a mail that came in. For mail over SES: SES's own verdicts, and the domains that it names on top of
 * the mail, so that nothing is looked up. Any other mail is checked here, without the client's address: SPF says nothing.
 */
export async function of(
  { mailAuth }: Pick<Ports, "mailAuth">,
  { source, envelope_from, verdicts }: Pick<Receipt, "source" | "envelope_from" | "verdicts">,
  raw: Uint8Array,
): Promise<Authentication> {
  if (source !== undefined) return mailAuth.verify(raw, { envelope_from });
  return bySes(verdicts, results(Header.split(raw).header), envelope_from);
}

/** What one clause of Authentication-Results says (RFC 8601 §2.2). */
interface Result {
  readonly method: string;
  readonly result: AuthResult;
  /** Of From, or the signature's. */
  readonly domain: string | null;
}

/** SES's verdict where it contradicts what stands on the mail: then that is not SES's word. */
function bySes(verdicts: Verdicts, found: readonly Result[], envelope_from: string | null): Authentication {
  const of = (method: string) => found.filter((result) => result.method === method);
  const [spf] = of("spf");
  const [dmarc] = of("dmarc");
  const dkim = of("dkim");
  const trusted = agrees(verdicts.spf, of("spf")) && agrees(verdicts.dmarc, of("dmarc")) && agrees(verdicts.dkim, dkim);
  const named = (result: Result | undefined) => (trusted ? (result?.domain ?? null) : null);
  const one = (verdict: Verdict, result: Result | undefined) => (trusted && result?.result) || resultOf(verdict);
  return {
    // The reverse-path is the receipt's: what a client says of itself may stand in the words about SPF
    spf: { result: one(verdicts.spf, spf), domain: domainOf(envelope_from) },
    dkim: trusted && dkim.length > 0 ? dkim.map(({ result, domain }) => ({ result, domain })) : unnamed(verdicts.dkim),
    dmarc: { result: one(verdicts.dmarc, dmarc), domain: named(dmarc), policy: null },
  };
}

/** That a method passed is known by both, or by none. */
const agrees = (verdict: Verdict, found: readonly Result[]): boolean =>
  (verdict === "pass") === found.some(({ result }) => result === "pass");

const unnamed = (verdict: Verdict): Authentication["dkim"] => {
  const result = resultOf(verdict);
  return result === "none" ? [] : [{ result, domain: null }];
};

function resultOf(verdict: Verdict): AuthResult {
  if (verdict === "pass" || verdict === "fail") return verdict;
  return verdict === "processing_failed" ? "temperror" : "none";
}

/** What SES writes on top of a mail, once each. Whatever else comes first was there before. */
const own = /^(?:return-path|received|received-spf|authentication-results|x-ses-[a-z-]+)$/;
/** What SES writes after its results. */
const last = "x-ses-receipt";
/** A mail has few signatures, and may claim to have more. */
const most = 20;

/**
 * The results in SES's own Authentication-Results: the first one, above all that the mail brought along. A sender may
 * write the same field, but not above SES's.
 */
function results(header: Buffer): Result[] {
  const seen = new Set<string>();
  for (const { name, value } of Header.each(header)) {
    if (!own.test(name) || name === last || seen.has(name)) return [];
    seen.add(name);
    if (name === "authentication-results") return read(value);
  }
  return [];
}

/** Quoted texts and comments go first: in them stands what the sender likes. */
function read(value: string): Result[] {
  const plain = value
    .slice(0, 20_000)
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\([^()]*\)/g, " ");
  const [server = "", ...clauses] = plain.split(";").map((clause) => clause.trim().toLowerCase());
  if (server !== "amazonses.com") return [];
  return clauses.flatMap(clauseOf).slice(0, most);
}

const clausePattern = /^(spf|dkim|dmarc)=([a-z]+)(?![\w-])(.*)$/s;
const known: readonly AuthResult[] = [
  ...(["none", "pass", "fail", "softfail"] as const),
  ...(["neutral", "policy", "temperror", "permerror"] as const),
];

function clauseOf(clause: string): Result[] {
  const [, method = "", word, rest = ""] = clausePattern.exec(clause) ?? [];
  const result = known.find((each) => each === word);
  if (result === undefined) return [];
  const named = /\sheader\.(?:from|i|d)=(\S+)/.exec(rest)?.[1];
  return [{ method, result, domain: domainOf(named === undefined ? null : named) }];
}

/** Of an address, of `@domain` or of a domain by itself. */
const domainOf = (text: string | null): string | null =>
  text === null ? null : Domain.toAscii(text.slice(text.lastIndexOf("@") + 1).toLowerCase());
