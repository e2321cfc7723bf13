import { isIP } from "node:net";
import * as Domain from "../address/domain.ts";
import { AppError } from "../error.ts";
import type { ServerInput } from "./input.ts";
import type { Authentication, Encryption, ServerRecord } from "./record.ts";

/** How a server is reached: the part of its record that only `kind: smtp` has. */
export type Connection = Pick<ServerRecord, "host" | "port" | "encryption" | "authentication" | "username">;

const none: Connection = { host: null, port: null, encryption: null, authentication: null, username: null };

/**
 * The connection of a server as stored, defaults filled in (R-SRV-2, R-SRV-3): `starttls_strict`; port 465 for
 * `tls*`, else 587; `login` where there is a username, else no authentication.
 * @param before of the record that is changed; a new encryption brings its own default port only where none is given.
 * @throws AppError port_not_allowed for 25, missing_required_field, invalid_parameter
 */
export function connection(kind: ServerRecord["kind"], input: ServerInput, before: Connection = none): Connection {
  if (kind === "platform") return platform(input);
  for (const field of ["host", "port", "encryption", "authentication"] as const)
    if (input[field] === null) throw refusal(field, "cannot be null: leave it out, or give a value");
  const encryption = input.encryption ?? before.encryption ?? "starttls_strict";
  const username = input.username === undefined ? before.username : input.username?.trim() || null;
  const authentication = input.authentication ?? before.authentication ?? (username === null ? "none" : "login");
  const kept = input.encryption === undefined || input.encryption === before.encryption ? before.port : null;
  const port = input.port ?? kept ?? (encryption.startsWith("tls") ? 465 : 587);
  assertPort(port);
  assertAuthentication(authentication, encryption, username);
  return { host: host(input.host ?? before.host), port, encryption, authentication, username };
}

const connectionFields = ["host", "port", "encryption", "authentication", "username"] as const;

/** R-SRV-4: the operator's server is reached by the operator. */
function platform(input: ServerInput): Connection {
  const field = connectionFields.find((name) => input[name] !== undefined && input[name] !== null);
  if (field !== undefined) throw refusal(field, "is not given for `kind: platform`: it is the operator's own server");
  return none;
}

/** A host name or an IP address; where it leads to is checked when it is connected to (G7). */
function host(text: string | null): string {
  if (text === null) throw missing("host", "the server's host name");
  const name = text.trim();
  const domain = Domain.toAscii(name);
  const ascii = isIP(name) > 0 ? name : domain !== null && Domain.isHost(domain) ? domain : localName(name);
  if (ascii === null) throw refusal("host", "is no host name or IP address");
  return ascii;
}

/** One label, as names on the own machine and in private networks are. */
const localName = (name: string): string | null =>
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(name) && !/^\d+$/.test(name) ? name.toLowerCase() : null;

function assertPort(port: number): void {
  if (port === 25)
    throw new AppError("port_not_allowed", "Port 25 is between mail servers, and blocked: use 465, 587 or 2525.", {
      details: { field: "port" },
    });
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw refusal("port", "is to be from 1 to 65535");
}

function assertAuthentication(authentication: Authentication, encryption: Encryption, username: string | null): void {
  const named = authentication === "login" || authentication === "oauth2";
  if (named && username === null) throw missing("username", `what \`authentication: ${authentication}\` logs in as`);
  if (username !== null && (username.length > 320 || /\p{Cc}/u.test(username)))
    throw refusal("username", "is longer than 320 characters, or holds control characters");
  if (authentication === "certificate" && encryption === "none")
    throw refusal("encryption", "cannot be `none` with `authentication: certificate`: the certificate is shown in TLS");
}

const missing = (field: string, what: string): AppError =>
  new AppError("missing_required_field", `${field} is missing: ${what}.`, { details: { field } });

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
