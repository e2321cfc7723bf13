import * as Address from "../address/address.ts";
import * as Mailbox from "../address/mailbox.ts";
import { AppError } from "../error.ts";
import type { Placement } from "./addresses.ts";
import type { Prepared } from "./prepare.ts";
import type { AliasDomain, Company, Mail } from "./schema.ts";
import * as Unique from "./unique.ts";

/** A mail read and checked: what the rules ask about it. */
export interface Request {
  mail: Mail;
  /** Null: none given (R-REW-2). */
  from: Mailbox.Mailbox | null;
  /** What the server is chosen for, normalized: the unique address, else From; null: neither. */
  address: string | null;
  /** Whether the unique address replaces From (R-UNIQ-1). */
  unique: boolean;
  creator: Mailbox.Mailbox | null;
  company: Company | null;
  /** The alias domain that applies (R-DOM-8). */
  domain: AliasDomain;
  placement: Placement;
}

/**
 * Reads a mail against a configuration: its addresses, its company and the alias domain that applies (R-DOM-8: that
 * of the company, else of the first company, else the default domain).
 * @throws AppError `invalid_from_address` (R-SEL-6), `invalid_header` (R-REW-6), `validation_error` for the creator,
 * `invalid_parameter` for an unknown company
 */
export function read(prepared: Prepared, mail: Mail): Request {
  const from = mail.from === null ? null : Mailbox.parse(mail.from, "from");
  const creator = mail.creator === undefined ? null : Mailbox.parse(mail.creator, "creator");
  const company = companyOf(prepared, mail);
  const placement = placementOf(prepared, company);
  const unique = Unique.find(prepared, placement);
  const address = unique ?? from?.address ?? null;
  return {
    mail,
    from,
    address: address === null ? null : Address.normalize(address),
    unique: unique !== null,
    creator,
    company,
    domain: placement.smtp.domain,
    placement,
  };
}

function companyOf(prepared: Prepared, mail: Mail): Company | null {
  if (mail.company === undefined) return prepared.firstCompany;
  const company = prepared.companies.get(mail.company);
  if (company !== undefined) return company;
  throw new AppError("invalid_parameter", "company is no company of this database: GET /v1/companies lists them.", {
    details: { field: "company" },
  });
}

function placementOf(prepared: Prepared, company: Company | null): Placement {
  const placement =
    prepared.placements.get(company?.domain_id ?? prepared.fallback.id) ??
    prepared.placements.get(prepared.fallback.id);
  if (placement === undefined) throw new Error("the default domain has no placement");
  return placement;
}
