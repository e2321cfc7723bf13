import type { Ports } from "../ports/main.ts";
import type { Put } from "../ports/store.ts";
import * as Outbox from "../webhook/outbox.ts";
import { wanted } from "../webhook/wanted.ts";
import type { CheckRecord, DomainStatus } from "./check.ts";

type Told = Pick<CheckRecord, "id" | "database" | "name" | "revision" | "created_at" | "refusal">;

/**
 * `domain.updated`: the status has changed. One event a write of the check, read before its transaction: none where no
 * webhook wants it. `now` in ms.
 */
export async function updated(
  ports: Pick<Ports, "store" | "clock">,
  check: Told,
  status: DomainStatus,
  now: number,
): Promise<Put[]> {
  const { id, database, name, created_at, refusal, revision } = check;
  if (!(await wanted(ports, database)).has("domain.updated")) return [];
  const reason = refusal === null ? {} : { reason: reasons[refusal] };
  const data = { id, name, status, created_at, ...reason };
  return [
    Outbox.put(database, { id: `${id}.${String(revision).padStart(10, "0")}`, type: "domain.updated", data }, now),
  ];
}

/** Why a domain is not verified, where its records do not say so. */
export const reasons: Readonly<Record<NonNullable<CheckRecord["refusal"]>, string>> = {
  held_by_another: "Another database has proved this domain before and holds it.",
  moved_away: "Another database has proved this domain, and the TXT record of this one was gone: it has moved there.",
  lost: "Its records were not as they should be for 72 hours, or Amazon SES took the verification back.",
  identity_exists:
    "An identity of this name exists in the Amazon SES account already, not made by Posthouse: it is left as it is. Ask the operator to remove it there.",
  resting:
    "It has no identity at Amazon SES: it was not verified for 30 days, or too many others were not when it was made. POST /v1/domains/{id}/verify begins (anew); the DKIM records may then be others.",
};
