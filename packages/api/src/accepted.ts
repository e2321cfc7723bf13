import type { Accepted } from "@posthouse/core/email/request";

/** How an accepted mail is answered: warnings and suppressed recipients only where there are any; Resend has the id alone. */
export const show = ({ id, message_id, ids, warnings, suppressed }: Accepted) => ({
  id,
  message_id,
  ...(ids && { ids }),
  ...(warnings.length > 0 && { warnings }),
  ...(suppressed.length > 0 && { suppressed }),
});
