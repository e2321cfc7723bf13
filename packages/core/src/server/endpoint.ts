import type { SmtpEndpoint } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import type { ServerRecord, ServerSecrets } from "./record.ts";
import * as Token from "./token.ts";

type Needs = Pick<Ports, "store" | "vault" | "http" | "clock" | "random">;

/**
 * How to reach a server of the database, its secrets opened (G6: bound to database and server).
 * @param refused an access token the server did not take: there is to be another.
 * @throws SmtpUnavailable when there is no access token to be had; Changed when the record is no longer the one its
 *   secrets are for.
 */
export async function endpointOf(
  ports: Needs,
  database: string,
  server: ServerRecord,
  refused?: string,
): Promise<SmtpEndpoint> {
  const login = { database, server };
  const opened = await Token.open(ports, login);
  const endpoint = reach(server, opened?.secrets ?? {});
  if (!opened || endpoint.authentication !== "oauth2") return endpoint;
  return { ...endpoint, access_token: await Token.get(ports, login, opened, refused) };
}

/** A server's record and its secrets as the mailer takes them; of `oauth2` without its access token. */
export function reach(server: ServerRecord, { password, certificate, private_key }: ServerSecrets): SmtpEndpoint {
  return {
    host: server.host ?? "",
    port: server.port ?? 587,
    encryption: server.encryption ?? "starttls_strict",
    authentication: server.authentication ?? "none",
    ...(server.username !== null && { username: server.username }),
    ...(password !== undefined && { password }),
    ...(certificate !== undefined && { certificate }),
    ...(private_key !== undefined && { private_key }),
  };
}
