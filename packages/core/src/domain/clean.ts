import * as Domain from "../address/domain.ts";
import { AppError } from "../error.ts";
import type { Aliases } from "./alias.ts";

/** What is cleaned: the aliases of a domain, and the name of a routing alias (R-IN-3). */
type Field = keyof Aliases | "name";

/**
 * Cleans aliases on write (R-DOM-3): blanks and accents taken off, lower case, what follows `@` dropped (but of
 * `default_from`, which may be a full address), dots only between atoms, any other character outside RFC 5322's atoms
 * made `-`.
 * @throws AppError invalid_parameter when nothing is left, or the alias is longer than 64 characters.
 */
export function cleanAlias(field: Field, text: string): string {
  const [local = "", ...rest] = text.trim().split("@");
  const alias = local
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9!#$%&'*+/=?^_`{|}~.-]+/g, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/^\.|\.$/g, "");
  if (alias === "") throw refusal(field, "is blank once it is cleaned: use letters, digits and hyphens");
  if (alias.length > 64) throw refusal(field, "is longer than 64 characters");
  if (field !== "default_from" || rest.length === 0) return alias;
  const domain = Domain.toAscii(rest.join("@").trim());
  if (domain === null) throw refusal(field, "has no valid domain after the @: give a local part or a full address");
  return `${alias}@${domain}`;
}

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
