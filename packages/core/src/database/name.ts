import { AppError } from "../error.ts";

/** An RFC 1035 §2.3.1 label, lower-case; `??--` is left to IDNA (RFC 5890 §2.3.1). */
const label = /^(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Names that mean something else on a mail domain (R-ADDR-1). */
const reserved = new Set([
  "mail",
  "www",
  "api",
  "smtp",
  "imap",
  "pop",
  "mx",
  "bounce",
  "admin",
  "postmaster",
  "abuse",
  "hostmaster",
  "autoconfig",
  "autodiscover",
  "status",
  "localhost",
]);

/** Families of such names: name servers, and service labels (RFC 8552). */
const reservedPrefixes = ["ns", "_"];

/**
 * Checks the name of a new database (R-ADDR-1): a DNS label of 1–63 characters that is not reserved.
 * @throws AppError invalid_parameter
 */
export function assertName(name: string): void {
  if (reserved.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix)))
    throw refusal("name is reserved: choose another.");
  if (!label.test(name))
    throw refusal("name is no DNS label: use 1 to 63 lower-case letters, digits and hyphens, no hyphen at the ends.");
}

const refusal = (message: string): AppError =>
  new AppError("invalid_parameter", message, { details: { field: "name" } });
