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
  const lines = text.split(/\r?\n/);
  const joined = lines.map((line, n) => (n > 0 && codeOf(line) === code && code > 0 ? line.slice(4) : line)).join(" ");
  const flat = joined
    .replace(/^(\d{3})-/, "$1 ")
    .replace(/\p{C}+/gu, " ")
    .replace(/ {2,}/g, " ");
  return redact(flat, secrets).trim().slice(0, 500).toWellFormed();
}

/** The forms in which a password is on the wire: plain, and base64 by AUTH LOGIN and AUTH PLAIN (RFC 4616). */
export function secretsOf({ username = "", password }: { username?: string; password?: string }): string[] {
  if (password === undefined || password === "") return [];
  const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");
  return [base64(`\0${username}\0${password}`), base64(password), password];
}

const redact = (text: string, secrets: readonly string[]): string =>
  // a secret of three letters or less would blot out ordinary words, and says little
  secrets.filter((secret) => secret.length > 3).reduce((left, secret) => left.replaceAll(secret, "***"), text);
