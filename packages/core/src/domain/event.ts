import type { Put } from "../ports/store.ts";
import * as Outbox from "../webhook/outbox.ts";
import type { CheckRecord, DomainStatus } from "./check.ts";

type Told = Pick<CheckRecord, "id" | "database" | "name" | "revision" | "created_at" | "refusal">;

/** `domain.updated`: the status has changed. One event a write of the check. `now` in ms. */
export const updated = (check: Told, status: DomainStatus, now: number): Put =>
  Outbox.put(
    check.database,
    {
      id: `${check.id}.${String(check.revision).padStart(10, "0")}`,
      type: "domain.updated",
      data: {
        id: check.id,
        name: check.name,
        status,
        created_at: check.created_at,
        ...(check.refusal === null ? {} : { reason: reasons[check.refusal] }),
      },
    },
    now,
  );

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
