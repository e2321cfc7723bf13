/**
 * The IMAP port: a mailbox elsewhere that mail is fetched from (R-IN-8). Whatever the server does, each call ends, and
 * none of them takes more memory than the largest mail that was asked for.
 */

/** How to reach a mailbox, secrets opened. There is no unencrypted way. */
export interface ImapEndpoint {
  readonly host: string;
  readonly port: number;
  /** `_strict`: the certificate is checked. */
  readonly encryption: "tls" | "tls_strict" | "starttls" | "starttls_strict";
  readonly authentication: "login" | "oauth2";
  readonly username: string;
  readonly password?: string;
  /** For `oauth2`. */
  readonly access_token?: string;
  /** The folder, e.g. `INBOX`. */
  readonly mailbox: string;
}

/** What went wrong: `refused` = no connection, or one that broke; `mailbox` = the folder, or what was asked of it. */
export type ImapProblem =
  | "host_not_found"
  | "no_answer"
  | "refused"
  | "tls"
  | "authentication"
  | "mailbox"
  | "protocol";

/** A mailbox could not be used, or not any longer. */
export class ImapUnavailable extends Error {
  override readonly name = "ImapUnavailable";
  readonly problem: ImapProblem;
  /** The server's own words, or what the network said; no secret of ours. */
  readonly reply: string;
  constructor(problem: ImapProblem, reply: string) {
    super(reply);
    this.problem = problem;
    this.reply = reply;
  }
}

/** One step on the way to a mailbox, as a test of it shows (R-SRV-5). */
export interface ImapStep {
  readonly step: "connect" | "tls" | "auth" | "select";
  readonly ok: boolean;
  /** The server's own words, or what there is to say where it had none. */
  readonly reply: string;
  /** Null where it went well. */
  readonly class: ImapProblem | null;
  /** How long it took. */
  readonly ms: number;
}

/** Mails to be listed: those with a UID above `above` and below `below`. */
export interface Stretch {
  readonly above: number;
  readonly below: number;
  /** Only those nobody has read (without `\Seen`). */
  readonly unseen: boolean;
  /** So many at most. */
  readonly most: number;
}

/** What there is to know of a mail before it is fetched. */
export interface Look {
  /** Octets, as the server says. */
  readonly size: number;
  /** INTERNALDATE, ms; null where the server gives none. */
  readonly at: number | null;
}

/** An open mailbox. Every call may throw ImapUnavailable; then it is of no more use. */
export interface ImapSession {
  /** UIDs mean something within it only (RFC 9051 §2.3.1.1). */
  readonly uid_validity: string;
  /** Above all UIDs there are. */
  readonly uid_next: number;
  /** UIDs, ascending. */
  list(stretch: Stretch): Promise<number[]>;
  /** Undefined where the mail is gone. */
  look(uid: number): Promise<Look | undefined>;
  /**
   * The mail to the letter, without marking it. Undefined where it is gone.
   * @param largest octets; of a larger mail no more than `largest` + 1 are fetched.
   */
  fetch(uid: number, largest: number): Promise<Uint8Array | undefined>;
  /**
   * Marks a mail as read, or deletes it: for good where the server can do that to one mail (UIDPLUS), else it is marked
   * as deleted.
   * @returns whether the server let it.
   */
  mark(uid: number, as: "seen" | "delete"): Promise<boolean>;
  close(): Promise<void>;
}

export interface Imap {
  /**
   * Connects (to a checked address, G7), TLS, logs in, opens the folder.
   * @param within ms for all that is done with the session: after it every call throws.
   * @throws ImapUnavailable
   */
  open(endpoint: ImapEndpoint, within: number): Promise<ImapSession>;
  /**
   * Goes the same way and closes; nothing is fetched or changed.
   * @param within ms for the whole.
   * @returns the steps taken; the last one is not ok unless all are.
   */
  probe(endpoint: ImapEndpoint, within: number): Promise<ImapStep[]>;
}
