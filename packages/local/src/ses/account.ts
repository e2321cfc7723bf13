import type { Ses } from "./context.ts";
import { SesError } from "./error.ts";
import { UNLIMITED } from "./limits.ts";
import type { SuppressionReason } from "./suppression.ts";

const DAY = 24 * 60 * 60 * 1000;
const KEY = "account";

/** The state of the whole account. `suspended` is AWS's doing, `sendingEnabled` the customer's. */
export interface Account {
  sendingEnabled: boolean;
  suspended: boolean;
  suppressedReasons: SuppressionReason[];
}

/** The account; one made today suppresses after bounces and complaints. */
export function get(ses: Ses): Account {
  return ses.account.get(KEY) ?? { sendingEnabled: true, suspended: false, suppressedReasons: ["BOUNCE", "COMPLAINT"] };
}

/** Changes what is given of the account's state. */
export function update(ses: Ses, change: Partial<Account>): void {
  ses.account.put(KEY, { ...get(ses), ...change });
}

/** The quota GetAccount answers. */
export function quota(ses: Ses): { Max24HourSend: number; MaxSendRate: number; SentLast24Hours: number } {
  return {
    Max24HourSend: ses.switches.max24HourSend ?? UNLIMITED.max24HourSend,
    MaxSendRate: ses.switches.maxSendRate ?? UNLIMITED.maxSendRate,
    SentLast24Hours: ses.mailbox.counted(ses.now() - DAY),
  };
}

/** Throws unless the account as a whole may send. */
export function assertSending(ses: Ses): void {
  const { suspended, sendingEnabled } = get(ses);
  if (suspended) {
    const message =
      "The message can't be sent because the account's ability to send email has been permanently restricted.";
    throw new SesError("AccountSuspendedException", message);
  }
  if (!sendingEnabled) throw new SesError("SendingPausedException", "Email sending is disabled for this account.");
}

/** Charges `recipients` to the daily quota and the send rate, or throws `TooManyRequestsException`. */
export function charge(ses: Ses, recipients: number): void {
  const { max24HourSend, maxSendRate } = ses.switches;
  if (max24HourSend !== undefined && quota(ses).SentLast24Hours + recipients > max24HourSend) {
    throw new SesError("TooManyRequestsException", "Daily message quota exceeded.");
  }
  if (maxSendRate !== undefined && !ses.sending.take(recipients, maxSendRate, ses.now())) {
    throw new SesError("TooManyRequestsException", "Maximum sending rate exceeded.");
  }
}
