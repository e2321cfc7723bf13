import type { Loaded } from "../configuration/load.ts";
import { cleanAlias } from "../domain/clean.ts";
import type { DomainRecord } from "../domain/record.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import type { Ports } from "../ports/main.ts";
import { assertRef } from "../thread/ref.ts";
import { assertFree } from "./free.ts";
import type { AcceptFrom, AliasRecord } from "./record.ts";

/** What is given of a routing alias; what is not stays. */
export interface AliasInput {
  readonly name?: string | undefined;
  /** The id of an alias domain. */
  readonly domain?: string | undefined;
  readonly model?: string | undefined;
  readonly record_id?: string | null | undefined;
  readonly accept_from?: AcceptFrom | undefined;
  readonly refusal?: string | null | undefined;
}

/** A new routing alias. */
export interface NewAlias extends AliasInput {
  readonly name: string;
  readonly model: string;
}

/** The most characters of a refusal: it is part of a mail. */
export const longestRefusal = 1_000;

/** What a routing alias is until something is given of it: on the alias domain of the first company (R-DOM-8). */
export const blank = (ports: Pick<Ports, "clock" | "random">, { prepared }: Pick<Loaded, "prepared">): AliasRecord => ({
  id: Id.make("alias", ports),
  address: "",
  name: "",
  domain_id: (prepared.firstCompany?.domain_id ?? prepared.fallback.id) as Id.Id<"domain">,
  model: "",
  record_id: null,
  accept_from: "everyone",
  refusal: null,
  created_at: new Date(ports.clock.now()).toISOString(),
});

/**
 * The routing alias that is to be, cleaned (R-DOM-3) and checked (R-IN-3, R-DOM-4).
 * @param domains all of the database.
 * @throws AppError invalid_parameter; conflict for an address that a domain has for itself.
 */
export function draft(domains: readonly DomainRecord[], before: AliasRecord, input: AliasInput): AliasRecord {
  const { model = before.model, accept_from = before.accept_from } = input;
  const name = input.name === undefined ? before.name : cleanName(input.name);
  const domain = find(domains, input.domain ?? before.domain_id);
  const record_id = input.record_id === undefined ? before.record_id : input.record_id;
  const refusal = input.refusal === undefined ? before.refusal : cleanRefusal(input.refusal);
  const address = `${name}@${domain.name}`;
  // Where each mail makes a record of its own there is none to be checked yet
  assertRef({ model, record_id: record_id ?? "new" });
  if (accept_from === "followers" && record_id === null)
    throw invalid("accept_from", "can be `followers` only with a `record_id`: a new record has none yet");
  assertFree(domains, address);
  return { ...before, address, name, domain_id: domain.id, model, record_id, accept_from, refusal };
}

/** What follows a plus sign is a tag of the mail's, which routing takes off. */
function cleanName(text: string): string {
  const name = cleanAlias("name", text);
  if (name.includes("+")) throw invalid("name", "has a plus sign: mail to it would go to what stands before that");
  return name;
}

/** Blank is none. */
function cleanRefusal(text: string | null): string | null {
  const cleaned = text?.trim() ?? "";
  if (cleaned.length > longestRefusal) throw invalid("refusal", `is longer than ${longestRefusal} characters`);
  return cleaned === "" ? null : cleaned;
}

function find(domains: readonly DomainRecord[], id: string): DomainRecord {
  const domain = domains.find((domain) => domain.id === id);
  if (!domain) throw invalid("domain", "names no alias domain of the database: give the id of one");
  return domain;
}

const invalid = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `\`${field}\` ${why}.`, { details: { field } });
