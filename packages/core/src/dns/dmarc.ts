/** A DMARC record's tags that bear on alignment (RFC 7489 §6.3). */
export interface Dmarc {
  readonly policy: string | null;
  /** `r` = the organisational domain has to be the same, `s` = the very domain. */
  readonly spf: "r" | "s";
  readonly dkim: "r" | "s";
}

/** The TXT records that are DMARC's. */
export const recordsOf = (texts: readonly string[]): string[] =>
  texts.filter((text) => /^v=DMARC1\s*(?:;|$)/.test(text));

/** Reads a record; tags that are missing have their defaults. */
export function parse(record: string): Dmarc {
  const tags = new Map(
    record.split(";").map((part) => {
      const [name = "", value = ""] = part.split("=");
      return [name.trim().toLowerCase(), value.trim().toLowerCase()];
    }),
  );
  const policy = tags.get("p");
  return {
    policy: policy !== undefined && ["none", "quarantine", "reject"].includes(policy) ? policy : null,
    spf: tags.get("aspf") === "s" ? "s" : "r",
    dkim: tags.get("adkim") === "s" ? "s" : "r",
  };
}
