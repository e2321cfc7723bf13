/** Addresses that say what becomes of mail to them; all others can be reached. */

/** The SMTP server knows nobody of that name: 550. */
export const gone = (address: string): boolean => address.startsWith("gone-");
/** Its mailbox is full for good: 452. */
export const full = (address: string): boolean => address.startsWith("full-");
/** SES refuses the message: MessageRejected. */
export const rejected = (address: string): boolean => address.startsWith("rejected-");
/** Mail to it can end in failure without anything being wrong with the product. */
export const doomed = (address: string): boolean => gone(address) || full(address) || rejected(address);
