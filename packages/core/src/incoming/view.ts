import type { Version } from "../database/version.ts";
import type { Chosen, IncomingRecord, State } from "./record.ts";

/** Something its owner should know. */
export interface Notice {
  readonly name: "failing_for_a_week" | "certificate_unchecked" | "database_not_live";
  readonly message: string;
}

/** An incoming server as its database sees it: no secret, only which are set. */
export interface IncomingView
  extends Chosen,
    Pick<State, "last_polled_at" | "last_mail_at" | "last_error" | "last_skipped" | "failing_since">,
    Pick<IncomingRecord, "id" | "created_at" | "next_poll_at"> {
  readonly warnings: readonly Notice[];
}

/** Failures of so long are said apart, in ms. */
const week = 7 * 86_400_000;

/** Makes the view of an incoming server of a database. `now` in ms. */
export function view(record: IncomingRecord, { delivery }: Pick<Version, "delivery">, now: number): IncomingView {
  const { id, created_at, last_polled_at, last_mail_at, last_error, last_skipped, failing_since, next_poll_at } =
    record;
  return {
    id,
    ...chosen(record),
    last_polled_at,
    last_mail_at,
    last_error,
    last_skipped,
    failing_since,
    next_poll_at,
    created_at,
    warnings: [...resting(record, delivery), ...failing(record, now), ...unchecked(record)],
  };
}

/** The fields that somebody chooses: what the audit trail has of it. */
export const chosen = (record: Chosen): Chosen => ({
  name: record.name,
  host: record.host,
  port: record.port,
  encryption: record.encryption,
  authentication: record.authentication,
  username: record.username,
  secrets_set: record.secrets_set,
  mailbox: record.mailbox,
  address: record.address,
  after: record.after,
  active: record.active,
  poll_minutes: record.poll_minutes,
});

function failing({ active, failing_since }: IncomingRecord, now: number): Notice[] {
  if (!active || failing_since === null || now - Date.parse(failing_since) < week) return [];
  const message = `No mail could be fetched since ${failing_since}: see last_error, mend it or set active to false.`;
  return [{ name: "failing_for_a_week", message }];
}

function resting({ active }: IncomingRecord, delivery: Version["delivery"]): Notice[] {
  if (!active || delivery === "live") return [];
  const message = `No mail is fetched while the database's delivery is ${delivery}: it waits in its mailbox until that is live.`;
  return [{ name: "database_not_live", message }];
}

function unchecked({ encryption }: Chosen): Notice[] {
  if (encryption.endsWith("_strict")) return [];
  const message =
    "The server's certificate is not checked, so whoever stands between can read the login: set encryption to tls_strict or starttls_strict.";
  return [{ name: "certificate_unchecked", message }];
}
