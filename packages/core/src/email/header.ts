import { AppError } from "../error.ts";

/** Fields that only Posthouse writes (R-REW-6), lower-case. */
const reserved = new Set([
  "from",
  "sender",
  "to",
  "cc",
  "bcc",
  "reply-to",
  "subject",
  "date",
  "message-id",
  "return-path",
  "received",
  "mime-version",
  "authentication-results",
]);

/** What marks mass mail as such is ours on mass mail (R-KIND-3). */
const massFields = new Set(["precedence", "x-auto-response-suppress"]);

/** Families of fields that only Posthouse writes (R-REW-6). Raw mail obeys X-SES-*: a caller must never set them. */
const reservedPrefixes = ["content-", "resent-", "dkim-", "arc-", "x-ses-", "x-posthouse-"];

/** RFC 5322 §3.6.8 ftext: printable ASCII without the colon. 126 characters is what SES takes. */
const fieldName = /^[\x21-\x39\x3b-\x7e]{1,126}$/;

/** The C0 control characters and DEL, the tab excepted. */
const control = /[^\P{Cc}\t\x80-\x9f]/u;

/**
 * Refuses a header value with a line break, a NUL or another control character but the tab (R-REW-6): it could
 * end the field and begin one of its own. For every value a caller gives, the subject and names included.
 * @param name how the error calls the value: `subject`, `headers["X-Ref"]`
 * @throws AppError `invalid_header`
 */
export function assertValue(name: string, value: string): void {
  if (!control.test(value)) return;
  throw new AppError("invalid_header", `${name} holds a line break or another control character: remove it.`, {
    details: { header: name },
  });
}

/**
 * Checks the `headers` of a request (R-REW-6): the syntax of each name (RFC 5322 §3.6.8), its value, and that it
 * is none of the fields Posthouse writes itself; on mass mail List-* are among those (R-KIND-3).
 * @throws AppError `invalid_header`, naming the header
 */
export function assertHeaders(headers: Record<string, string>, kind: "transactional" | "mass"): void {
  for (const [name, value] of Object.entries(headers)) {
    const shown = `headers[${JSON.stringify(name.slice(0, 80))}]`;
    if (!fieldName.test(name)) {
      throw refusal(shown, "is no header name: use up to 126 printable ASCII characters without blanks or colons.");
    }
    if (isReserved(name.toLowerCase(), kind)) {
      throw refusal(shown, "is set by Posthouse and cannot be given: leave it out, or use the field of the request.");
    }
    assertValue(shown, value);
  }
}

function isReserved(name: string, kind: "transactional" | "mass"): boolean {
  if (reserved.has(name)) return true;
  if (kind === "mass" && (name.startsWith("list-") || massFields.has(name))) return true;
  return reservedPrefixes.some((prefix) => name.startsWith(prefix));
}

function refusal(header: string, what: string): AppError {
  return new AppError("invalid_header", `${header} ${what}`, { details: { header } });
}
