import * as Address from "../address/address.ts";
import { AppError } from "../error.ts";
import { connection } from "../server/connection.ts";
import { cleanName } from "../server/draft.ts";
import type { ServerSecrets } from "../server/record.ts";
import type { Chosen } from "./record.ts";

type Secret = "password" | "client_id" | "client_secret" | "refresh_token" | "token_url";

/** What is given of an incoming server; what is absent has a default, or stays. */
export type IncomingInput = { readonly [Field in Exclude<keyof Chosen, "secrets_set">]?: Chosen[Field] | undefined } & {
  readonly [Field in Secret & keyof ServerSecrets]?: string | undefined;
};

/** A new server before anything was said of it, but for what must be said. */
export const blank: Omit<Chosen, "name" | "host" | "username" | "address"> = {
  port: 993,
  encryption: "tls_strict",
  authentication: "login",
  mailbox: "INBOX",
  after: "seen",
  active: true,
  poll_minutes: 1,
  secrets_set: [],
};

/**
 * What a request makes of an incoming server, but for its secrets: checked, cleaned, defaults filled in.
 * @param before the record that is changed; absent = a new one.
 * @throws AppError missing_required_field, port_not_allowed for 25, invalid_parameter
 */
export function draft(input: IncomingInput, before?: Chosen): Chosen {
  const asked: typeof blank & Partial<Chosen> = { ...blank, ...before, ...given(input) };
  if (asked.port === 25)
    throw new AppError("port_not_allowed", "Port 25 takes mail in and gives none: use 993, or 143 with STARTTLS.", {
      details: { field: "port" },
    });
  const { host, port, encryption, authentication, username } = asked;
  const found = connection("smtp", { host, port, encryption, authentication, username });
  if (found.host === null || found.username === null) throw new Error("a connection has no host or username");
  return {
    name: cleanName(asked.name ?? ""),
    host: found.host,
    port,
    encryption,
    authentication,
    username: found.username,
    mailbox: cleanMailbox(asked.mailbox),
    address: addressOf(input.address ?? kept(before), found.username),
    after: asked.after,
    active: asked.active,
    poll_minutes: asked.poll_minutes,
    secrets_set: asked.secrets_set,
  };
}

function given(input: IncomingInput): Partial<Chosen> {
  const fields = Object.entries(input).filter(([name, value]) => value !== undefined && fieldsOf.has(name));
  return Object.fromEntries(fields);
}

const fieldsOf: ReadonlySet<string> = new Set(["name", "host", "username", "address", ...Object.keys(blank)]);

function cleanMailbox(text: string): string {
  const mailbox = text.trim();
  if (mailbox !== "" && mailbox.length <= 500 && !/\p{Cc}/u.test(mailbox)) return mailbox;
  throw refusal("mailbox", "is to be the name of a folder, of 1 to 500 characters without line breaks");
}

/** One that was the username goes with it. */
const kept = (before: Chosen | undefined): string | undefined =>
  before && before.address !== Address.normalize(before.username) ? before.address : undefined;

/** The username is an address as a rule. */
function addressOf(address: string | undefined, username: string): string {
  const text = address ?? (Address.isAddress(username) ? username : undefined);
  if (text === undefined)
    throw new AppError("missing_required_field", "address is missing: the mailbox's own, since the username is none.", {
      details: { field: "address" },
    });
  if (!Address.isAddress(text)) throw refusal("address", "is no email address");
  return Address.normalize(text);
}

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
