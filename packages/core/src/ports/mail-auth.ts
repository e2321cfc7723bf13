/** A result as RFC 8601 §2.7 names it. */
export type AuthResult = "none" | "pass" | "fail" | "softfail" | "neutral" | "policy" | "temperror" | "permerror";

/** Who vouches for a mail (RFC 7208, RFC 6376, RFC 7489). */
export interface Authentication {
  /** `domain` = of the reverse-path, or HELO. */
  readonly spf: { readonly result: AuthResult; readonly domain: string | null };
  readonly dkim: readonly { readonly result: AuthResult; readonly domain: string | null }[];
  /** `domain` = of From; `policy` = what it asks for. */
  readonly dmarc: {
    readonly result: AuthResult;
    readonly domain: string | null;
    readonly policy: "none" | "quarantine" | "reject" | null;
  };
}

/** How a mail came in, as far as that is known. */
export interface Arrival {
  /** The client's address; absent = not known, so SPF is `none`. */
  readonly ip?: string;
  readonly helo?: string;
  /** The reverse-path; null = the empty one. */
  readonly envelope_from: string | null;
}

/** The port that checks who vouches for a mail that came in. */
export interface MailAuth {
  /** Never throws; what does not answer in time is a `temperror`. */
  verify(raw: Uint8Array, arrival: Arrival): Promise<Authentication>;
}
