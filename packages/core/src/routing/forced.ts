import * as Address from "../address/address.ts";
import { AppError } from "../error.ts";
import { type Choice, notification, uncovered } from "./choice.ts";
import type { Candidate, Prepared } from "./prepare.ts";
import type { Request } from "./request.ts";

/**
 * The server forced by the request (R-SEL-8), of any kind of mail: From is kept, with a warning where the server's
 * filter does not cover it or there is none. Without a From, or with a unique address, N goes out. A personal server
 * only for its owner (R-PERS-2).
 * @throws AppError `unknown_server`, `inactive_server` (archived, or switched off by a setting), `server_not_yours`,
 * and `from_not_allowed` for another's From on a personal server; a foreign one on a platform record is refused by
 * `decide`, as on every path (R-SEL-9)
 */
export function force(prepared: Prepared, request: Request, id: string): Choice {
  const candidate = prepared.byId.get(id);
  if (candidate === undefined) {
    throw refusal("unknown_server", "server is no server of this database: GET /v1/servers lists them.");
  }
  if (candidate.server.owner !== null) assertOwner(request, candidate.server.owner);
  assertActive(prepared, candidate);
  const kept = request.from !== null && !request.unique;
  const sender = kept ? "from" : "notification";
  const sent = kept && request.address !== null ? request.address : notification(request, candidate.server.kind);
  return { candidate, rule: "forced", sender, warnings: uncovered(candidate, sender, sent) };
}

function assertActive(prepared: Prepared, { server }: Candidate): void {
  const { settings } = prepared.configuration;
  if (!server.active) {
    throw refusal("inactive_server", "server is archived: make it active, or leave the server to the rules.");
  }
  if (!settings.custom_email_servers) {
    throw refusal("inactive_server", "custom_email_servers is off for this database: leave the server to the rules.");
  }
  if (server.owner !== null && !settings.personal_servers) {
    throw refusal("inactive_server", "personal_servers is off for this database: leave the server to the rules.");
  }
}

function assertOwner(request: Request, owner: string): void {
  const address = Address.normalize(owner);
  if (request.creator === null || Address.normalize(request.creator.address) !== address) {
    throw refusal("server_not_yours", "server is a personal server: only its owner, as creator, can use it.");
  }
  if (request.address !== address) {
    throw refusal(
      "from_not_allowed",
      "server is a personal server: it sends only from its owner's address, which a unique default_from replaces too.",
    );
  }
}

function refusal(
  name: "unknown_server" | "inactive_server" | "server_not_yours" | "from_not_allowed",
  message: string,
): AppError {
  return new AppError(name, message, { details: { field: "server" } });
}
