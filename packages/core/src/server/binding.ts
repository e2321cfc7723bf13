import type { ServerRecord } from "./record.ts";

/** What secrets are kept for: a server that mail goes out over, or one that mail is fetched from (R-IN-8). */
export type Reached = Pick<
  ServerRecord,
  "host" | "port" | "encryption" | "authentication" | "username" | "owner" | "secrets_set"
> & { readonly id: string };

/** The server was changed between the reading of its record and of its secrets: read both anew. */
export class Changed extends Error {
  override readonly name = "Changed";
  constructor(server: string) {
    super(`server ${server} was changed meanwhile`);
  }
}

/**
 * What secrets are set for: how their server is reached, as whom, and for whose mail (R-SRV-1, G6). It is stored beside
 * them, and they open for a record of the same binding alone: record and secrets are not read in one moment, and a new
 * password is nothing for the old host.
 */
export const bindingOf = ({ host, port, encryption, authentication, username, owner }: Reached): string =>
  JSON.stringify([host, port, encryption, authentication, username, owner]);
