import type { FailureType } from "../email/head.ts";
import type { FailureClass } from "../ports/mailer.ts";

/** The failure type of a class at an SMTP server (R-FAIL-2). What may pass later is `smtp_temporary` when it has not. */
export function typeOf(failure: FailureClass, retry: boolean): FailureType {
  if (failure === "temporary") return "smtp_temporary";
  if (failure === "permanent") return retry ? "smtp_temporary" : "smtp_permanent";
  return failure;
}

/** The same at SES: all that it says itself is the provider's word, and none of it SMTP. */
export const sesTypeOf = (failure: FailureClass): FailureType => (failure === "connection" ? failure : "provider");
