import type { FailureClass, HandOver } from "@posthouse/core/ports/mailer";

/** What an exception means: its class, whether a later try may succeed, and why we think so. */
interface Meaning {
  readonly failure: FailureClass;
  readonly retry: boolean;
  readonly why: string;
}

const meaning = (failure: FailureClass, retry: boolean, why: string): Meaning => ({ failure, retry, why });

/** SES's exceptions by name; the names AWS's front end uses for the same are among them. All are a definite no. */
const byName: Readonly<Record<string, Meaning>> = {
  TooManyRequestsException: meaning("temporary", true, "over the account's rate or its daily quota: both pass"),
  ThrottlingException: meaning("temporary", true, "over the rate of calls"),
  Throttling: meaning("temporary", true, "over the rate or the daily quota, in the name SES v1 gave it"),
  LimitExceededException: meaning("temporary", true, "a quota, which is raised or resets"),
  ConcurrentModificationException: meaning("temporary", true, "something of ours is being changed this moment"),
  ConflictException: meaning("temporary", true, "something of ours is being changed this moment"),
  AccountSuspendedException: meaning(
    "provider",
    true,
    "AWS stopped the account: the operator's matter, not the mail's",
  ),
  SendingPausedException: meaning(
    "provider",
    true,
    "account, tenant or configuration set is paused and may be resumed",
  ),
  MailFromDomainNotVerifiedException: meaning(
    "provider",
    true,
    "its MX is missing or not seen yet: the mail waits for DNS",
  ),
  NotFoundException: meaning(
    "provider",
    true,
    "tenant or configuration set is not made yet, or of another installation",
  ),
  MessageRejected: meaning("permanent", false, "the content itself is refused, and stays the same"),
  BadRequestException: meaning("permanent", false, "the message is malformed or too large, and stays the same"),
  RequestEntityTooLargeException: meaning("permanent", false, "the message is too large, and stays so"),
};

/** Messages that say more than their exception's name. */
const byMessage: readonly (readonly [RegExp, Meaning])[] = [
  [/not verified/i, meaning("provider", true, "an identity not verified yet, or the sandbox: nothing about the mail")],
  [
    /\btenant\b|\bassociated\b/i,
    meaning("provider", true, "the tenant's identity or configuration set is not associated yet"),
  ],
  [
    /maximum sending rate|daily (?:message|sending) quota/i,
    meaning("temporary", true, "over the account's rate or quota"),
  ],
];

/** Access, signature, clock, endpoint: ours to mend, and the mail waits for it. */
const otherRefusal = meaning("provider", true, "a 4xx that is not about the message");

/** Failures of a connection that never was one: nothing can have arrived. */
const notConnected =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_\w+|UNABLE_TO_\w+|SELF_SIGNED_\w+|DEPTH_ZERO_\w+|ERR_TLS_CERT_\w+)$/;

/**
 * What becomes of a mail when SendEmail throws. Definite are 4xx answers, and what failed before the request could
 * go out; all else is unknown: 5xx, time-out, reset, an answer that cannot be read (SendEmail has no idempotency
 * token, so the Send event must settle it).
 * @param handed whether the request reached the HTTP handler: credentials and endpoints are found before
 */
export function judge(error: unknown, handed: boolean): HandOver {
  const { name, message, status, code } = read(error);
  const reply = `${name}: ${message}`
    .replace(/\p{C}+/gu, " ")
    .slice(0, 500)
    .toWellFormed();
  if (status >= 400 && status < 500) {
    const { failure, retry } = find(name, message);
    return { outcome: "refused", reply, failure, retry };
  }
  const before =
    !handed || (status === 0 && (notConnected.test(code) || /did not establish a connection/.test(message)));
  return before ? { outcome: "refused", reply, failure: "connection", retry: true } : { outcome: "unknown", reply };
}

function find(name: string, message: string): Meaning {
  const named = byName[name];
  // only what would be final is read again: a message never makes a mail final that its name does not
  if (named?.retry) return named;
  const said = byMessage.find(([pattern]) => pattern.test(message));
  return said?.[1] ?? named ?? otherRefusal;
}

function read(error: unknown): { name: string; message: string; status: number; code: string } {
  const { name, message, code, $metadata } = error as Error & {
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  return { name, message, status: $metadata?.httpStatusCode ?? 0, code: code ?? "" };
}
