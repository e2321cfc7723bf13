import { type ImapEndpoint, type ImapSession, ImapUnavailable } from "../ports/imap.ts";
import { SmtpUnavailable } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import type { ServerSecrets } from "../server/record.ts";
import * as Token from "../server/token.ts";
import { type Chosen, type IncomingRecord, reached } from "./record.ts";

type Needs = Pick<Ports, "store" | "vault" | "http" | "clock" | "random">;

/**
 * How to reach a mailbox, its secrets opened (G6: bound to database and server).
 * @param refused an access token that the server did not take: there is to be another.
 * @throws ImapUnavailable when there is no access token to be had; Changed when the record is no longer the one its
 *   secrets are for.
 */
export async function endpointOf(ports: Needs, record: IncomingRecord, refused?: string): Promise<ImapEndpoint> {
  const login = { database: record.database, server: reached(record) };
  const opened = await Token.open(ports, login);
  const endpoint = reach(record, opened?.secrets ?? {});
  if (!opened || record.authentication !== "oauth2") return endpoint;
  return { ...endpoint, access_token: await asImap(() => Token.get(ports, login, opened, refused)) };
}

/** A record and its secrets as the port takes them; of `oauth2` without its access token. */
export function reach(
  { host, port, encryption, authentication, username, mailbox }: Chosen,
  { password }: ServerSecrets,
): ImapEndpoint {
  const login = password === undefined ? {} : { password };
  return { host, port, encryption, authentication, username, mailbox, ...login };
}

/** What a token endpoint says, said of the login it is for. */
export async function asImap<T>(get: () => Promise<T>): Promise<T> {
  try {
    return await get();
  } catch (error) {
    if (!(error instanceof SmtpUnavailable)) throw error;
    throw new ImapUnavailable(error.failure === "auth" ? "authentication" : "no_answer", error.reply);
  }
}

/** Opens a mailbox; an access token that the server does not take is got anew, once. @throws ImapUnavailable, Changed */
export async function open(
  ports: Needs & Pick<Ports, "imap">,
  record: IncomingRecord,
  within: number,
): Promise<ImapSession> {
  const endpoint = await endpointOf(ports, record);
  try {
    return await ports.imap.open(endpoint, within);
  } catch (error) {
    const refused = error instanceof ImapUnavailable && error.problem === "authentication" && endpoint.access_token;
    if (!refused) throw error;
    return ports.imap.open(await endpointOf(ports, record, refused), within);
  }
}
