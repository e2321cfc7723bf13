/** A reply code as its first three digits (RFC 5321 §4.2), or 0 when the text begins with none. */
export function codeOf(reply: string | undefined): number {
  return Number(/^[2-5]\d\d(?=[ -]|$)/.exec(reply ?? "")?.[0] ?? 0);
}

/**
 * What a server or the network said, as one line of at most 500 characters: a multi-line reply (RFC 5321 §4.2.1) with
 * its code once, without control characters, and without any of the secrets: servers have been seen to repeat them.
 */
export function words(text: string, secrets: readonly string[] = []): string {
  const code = codeOf(text);
  // before anything is put together that parts of a secret could be lost in, and again for those a line break split
  const lines = redact(text, secrets).split(/\r?\n/);
  const joined = lines.map((line, n) => (n > 0 && codeOf(line) === code && code > 0 ? line.slice(4) : line)).join(" ");
  const flat = joined
    .replace(/^(\d{3})-/, "$1 ")
    .replace(/\p{C}+/gu, " ")
    .replace(/ {2,}/g, " ");
  return redact(flat, secrets).trim().slice(0, 500).toWellFormed();
}

/** The forms in which a secret is on the wire: plain, and base64 by AUTH LOGIN, PLAIN (RFC 4616) and XOAUTH2. */
export function secretsOf({ username = "", password, access_token }: Login): string[] {
  const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");
  const given = (text: string | undefined): text is string => text !== undefined && text !== "";
  return [
    ...(given(password) ? [base64(`\0${username}\0${password}`), base64(password), password] : []),
    ...(given(access_token) ? [base64(bearer(username, access_token)), base64(access_token), access_token] : []),
  ];
}

interface Login {
  readonly username?: string;
  readonly password?: string;
  readonly access_token?: string;
}

/** What XOAUTH2 shows, before base64 (Google's and Microsoft's SASL mechanism, an older sister of RFC 7628). */
export const bearer = (user: string, token: string): string => `user=${user}\x01auth=Bearer ${token}\x01\x01`;

const redact = (text: string, secrets: readonly string[]): string =>
  // a secret of three letters or less would blot out ordinary words, and says little
  secrets.filter((secret) => secret.length > 3).reduce((left, secret) => left.replaceAll(secret, "***"), text);
