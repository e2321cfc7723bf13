/**
 * What a line of log must never show, and what stands there instead. Each takes time by the length of the text: none looks
 * for its end from every character of a long run.
 */
const rules: readonly [RegExp, string][] = [
  // API keys, ours and others' of the same form.
  [/\b(ph|sk|re|whsec)_[A-Za-z0-9_-]{8,}/g, "$1_…"],
  // Credentials in a URL.
  [/(?<![a-z0-9+.-])([a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, "$1…@"],
  // Local parts of addresses, quoted ones too: a server's refusal names the recipient.
  [/\\?"(?:[^"\\\r\n]|\\.){1,200}\\?"@(?=[\p{L}\p{N}.[-])/gu, "…@"],
  [/(?<![^\s<>@"(),:;/])[^\s<>@"(),:;/]+@(?=[\p{L}\p{N}.[-])/gu, "…@"],
  // Authorization headers, and what is called a secret, whatever stands before: client_secret, accessToken.
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+/gi, "$1 …"],
  [
    /(password|passwd|secret|token|authorization|api_?key|private_?key)(\\*["']?\s*[:=]\s*\\*["']?)[^\s"',}]+/gi,
    "$1$2…",
  ],
  // Keys, bodies and the like in base64.
  [/[A-Za-z0-9+/]{120,}={0,2}/g, "…"],
];

const longest = 1_000;

/** A text without secrets and addresses, shortened to 1,000 characters (G6). */
export function redact(text: string): string {
  const clean = rules.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}
