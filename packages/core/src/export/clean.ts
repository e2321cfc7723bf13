import { cleanName as cleanCompany } from "../company/company.ts";
import { cleanAlias } from "../domain/clean.ts";
import { cleanName as cleanServer } from "../server/draft.ts";
import type { Document } from "./document.ts";
import { each } from "./each.ts";

/**
 * A document with its names as they are stored, since records are known by them.
 * @throws AppError invalid_parameter, naming the entry.
 */
export function clean(document: Document): Document {
  const { companies, servers, aliases } = document;
  return {
    ...document,
    ...(companies && {
      companies: each("companies", companies, (entry) => ({ ...entry, name: cleanCompany(entry.name) })),
    }),
    ...(aliases && {
      aliases: each("aliases", aliases, (entry) => ({ ...entry, name: cleanAlias("name", entry.name) })),
    }),
    ...(servers && { servers: each("servers", servers, (entry) => ({ ...entry, name: cleanServer(entry.name) })) }),
  };
}
