import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { Arrival, Authentication, AuthResult, MailAuth } from "@posthouse/core/ports/mail-auth";
import type { DKIMVerifyResult } from "mailauth";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { evaluateDmarc } from "mailauth/lib/dmarc/index.js";
import { spf as spfVerify } from "mailauth/lib/spf/index.js";
import { bounded } from "./bounded.ts";
import { createResolver, type Resolve } from "./resolver.ts";

/** How it is checked. */
export interface MailAuthOptions {
  /** `address` or `address:port` of the resolvers. @default those of the system */
  readonly servers?: readonly string[];
  /** For all of one mail, in ms. @default 4000 */
  readonly timeout_ms?: number;
}

type Spf = Authentication["spf"];
type Dmarc = Authentication["dmarc"];
type Dkim = Pick<DKIMVerifyResult, "results" | "headerFrom"> & { readonly fromFields?: number | undefined };

const chunk = 64 * 1024;

/**
 * SPF (RFC 7208), DKIM (RFC 6376, RFC 8301) and DMARC of a mail, by mailauth. Whatever does not answer within the time
 * is a `temperror`; whatever is made to cost too much a `permerror`.
 */
export function createMailAuth({ servers = [], timeout_ms = 4_000 }: MailAuthOptions = {}): MailAuth {
  return {
    async verify(raw, arrival) {
      const until = Date.now() + timeout_ms;
      const dns = createResolver(servers, timeout_ms);
      try {
        const mail = bounded(raw);
        const [spf, dkim] = await Promise.all([
          checkSpf(arrival, dns.resolve, timeout_ms),
          mail ? checkDkim(mail, dns.resolve, until) : undefined,
        ]);
        const result = mail ? "temperror" : "permerror";
        if (!dkim) return { spf, dkim: [{ result, domain: null }], dmarc: { ...unknown, result } };
        return { spf, dkim: signaturesOf(dkim), dmarc: await checkDmarc(spf, dkim, dns.resolve) };
      } finally {
        dns.close();
      }
    },
  };
}

/** Nobody knows what From says. */
const unknown: Dmarc = { result: "temperror", domain: null, policy: null };

async function checkSpf({ ip, helo = "", envelope_from }: Arrival, resolver: Resolve, timeout: number): Promise<Spf> {
  const sender = envelope_from ?? "";
  const named = domainOf(sender || `postmaster@${helo}`);
  if (ip === undefined) return { result: "none", domain: named };
  try {
    const { status, domain } = await spfVerify({
      sender,
      ip,
      helo,
      mta: "spfCheck",
      resolver,
      maxElapsedTime: timeout,
    });
    return { result: resultOf(status.result), domain: shownOf(domain) ?? named };
  } catch {
    // It says what it finds in its result: what it throws is a mail it was not made for
    return { result: "permerror", domain: named };
  }
}

/** @returns undefined where it took too long. */
async function checkDkim(mail: Uint8Array, resolver: Resolve, until: number): Promise<Dkim | undefined> {
  try {
    return await dkimVerify(Readable.from(chunks(mail, until), { objectMode: false }), {
      resolver,
      strict: true,
      sender: "nobody@invalid",
    });
  } catch {
    return undefined;
  }
}

/** In parts, between which others have their turn: a large mail takes seconds, and is broken off after so many. */
async function* chunks(mail: Uint8Array, until: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < mail.length; at += chunk) {
    if (Date.now() > until) throw new Error("the mail took too long");
    yield mail.subarray(at, at + chunk);
    await setImmediate();
  }
}

const signaturesOf = ({ results }: Dkim): Authentication["dkim"] =>
  results
    .filter(({ status }) => status.result !== "none")
    .map(({ status, signingDomain }) => ({ result: resultOf(status.result), domain: shownOf(signingDomain) }));

async function checkDmarc(spf: Spf, { headerFrom, fromFields, results }: Dkim, resolver: Resolve): Promise<Dmarc> {
  try {
    const { response } = await evaluateDmarc({
      headerFrom: [...headerFrom],
      ...(fromFields !== undefined && { fromFields }),
      spfDomains: spf.result === "pass" && spf.domain !== null ? [spf.domain] : [],
      dkimDomains: results
        .filter(({ status }) => status.result === "pass")
        .map(({ id = "", signingDomain = "" }) => ({ id, domain: signingDomain })),
      resolver,
    });
    // No author, or several of several domains: nobody can vouch for that
    if (!response) return { result: "permerror", domain: null, policy: null };
    return {
      result: resultOf(response.status.result),
      domain: shownOf(response.status.header?.from ?? null),
      policy: policyOf(response.policy),
    };
  } catch {
    return unknown;
  }
}

const policies = ["none", "quarantine", "reject"] as const;
const policyOf = (text: string | undefined): Dmarc["policy"] => policies.find((policy) => policy === text) ?? null;

const known: readonly AuthResult[] = [
  ...(["none", "pass", "fail", "softfail"] as const),
  ...(["neutral", "policy", "temperror", "permerror"] as const),
];
const resultOf = (text: string): AuthResult => known.find((result) => result === text) ?? "permerror";

const domainOf = (address: string): string | null => shownOf(address.slice(address.lastIndexOf("@") + 1));

/** A name of the DNS; what is none is left out, for it stands in somebody's mail. */
const shownOf = (domain: string | null | undefined): string | null =>
  domain && domain.length <= 253 && /^[\w.-]+$/.test(domain) ? domain.toLowerCase() : null;
