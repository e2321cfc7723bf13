/**
 * The mailer ports: one message handed over to SES, or to an SMTP server. They say what is definite and what is
 * unknown; what follows from it is dispatch's to decide.
 */

/** What became of one recipient at hand-over. */
export interface RecipientResult {
  readonly address: string;
  readonly ok: boolean;
  /** The server's own words, e.g. `550 5.1.1 no such user`. */
  readonly reply: string;
  /** Where it was refused; `permanent` = trying again cannot help. */
  readonly failure?: FailureClass;
}

/** How a hand-over failed, and whether trying again can help. */
export type FailureClass = "temporary" | "permanent" | "auth" | "tls" | "connection" | "provider";

export type HandOver =
  /** Definite: accepted for at least one recipient. */
  | {
      readonly outcome: "accepted";
      readonly reply: string;
      readonly provider_id: string | null;
      readonly recipients: readonly RecipientResult[];
    }
  /** Definite: nobody gets it. `retry` = a later try may succeed. */
  | {
      readonly outcome: "refused";
      readonly reply: string;
      readonly failure: FailureClass;
      readonly retry: boolean;
      /** The sandbox of SES stands in the way, for a day or so: a later try is worth it once an hour. */
      readonly hourly?: true;
      readonly recipients?: readonly RecipientResult[];
    }
  /** The answer was lost: it may or may not have been accepted. */
  | { readonly outcome: "unknown"; readonly reply: string };

/** A message ready for the wire. */
export interface WireMessage {
  readonly mime: Uint8Array;
  readonly envelope_from: string;
  readonly recipients: readonly string[];
}

/** What SES needs beside the message. */
export interface SesMessage extends WireMessage {
  readonly from_address: string;
  readonly tenant: string;
  readonly configuration_set: string;
  /** ASCII `[A-Za-z0-9_-]`, at most 256 characters each; they come back in events. */
  readonly tags: Readonly<Record<string, string>>;
}

/** SES SendEmail with Raw content, one call, never repeated by itself. */
export interface SesMailer {
  send(message: SesMessage): Promise<HandOver>;
}

/** How to reach an SMTP server, secrets opened. */
export interface SmtpEndpoint {
  readonly host: string;
  readonly port: number;
  readonly encryption: "none" | "starttls" | "starttls_strict" | "tls" | "tls_strict";
  readonly authentication: "none" | "login" | "certificate" | "oauth2";
  readonly username?: string;
  readonly password?: string;
  readonly certificate?: string;
  readonly private_key?: string;
  /** For `oauth2`: shown by XOAUTH2. */
  readonly access_token?: string;
}

/** What went wrong at a step of a connection test (R-SRV-5). */
export type Problem =
  | "host_not_found"
  | "no_answer"
  | "refused"
  | "tls"
  | "authentication"
  | "sender_refused"
  | "recipient_refused"
  | "protocol";

/** One step of a connection test over SMTP, as far as it came (R-SRV-5). */
export interface ProbeStep {
  readonly step: "connect" | "tls" | "auth" | "mail_from" | "rcpt_to" | "data";
  readonly ok: boolean;
  /** The server's own words, or what there is to say where it had none. */
  readonly reply: string;
  /** Null where it went well. */
  readonly class: Problem | null;
  /** How long it took. */
  readonly ms: number;
}

/** The connection could not be made ready to take a message; nothing was handed over. */
export class SmtpUnavailable extends Error {
  override readonly name = "SmtpUnavailable";
  /** The server's own words, or what the network said. */
  readonly reply: string;
  readonly failure: FailureClass;
  /** The same more closely, for who looks on. */
  readonly problem: Problem;
  constructor(failure: FailureClass, reply: string, problem: Problem = "protocol") {
    super(reply);
    this.failure = failure;
    this.reply = reply;
    this.problem = problem;
  }
}

/** An open, authenticated connection that takes one message after another. */
export interface SmtpSession {
  send(message: WireMessage): Promise<HandOver>;
  /** False when the server has closed it: open another. */
  readonly alive: boolean;
  close(): Promise<void>;
}

export interface SmtpMailer {
  /**
   * Connects (to a checked address, G7), TLS, AUTH: everything slow before the claim.
   * @throws SmtpUnavailable
   */
  open(endpoint: SmtpEndpoint): Promise<SmtpSession>;
  /**
   * Goes the way of a mail over the very code that mail goes over, up to the 354 after DATA, and closes there: nothing
   * is delivered (R-SRV-5).
   * @param within how long it may take, in ms; where that is more than the mailer's own time for it, that.
   * @returns the steps taken; the last one is not ok unless all are.
   */
  probe(
    endpoint: SmtpEndpoint,
    envelope: { readonly from: string; readonly to: string },
    within: number,
  ): Promise<ProbeStep[]>;
}
