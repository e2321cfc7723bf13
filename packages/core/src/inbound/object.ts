import { lifetimePrefix } from "../email/lifetime.ts";

/** How long a mail that came in is kept for the application, in days (R-IN-4). */
export const days = 30;

/** Where SES puts what it receives, before it is known whose it is: a receipt rule's object key prefix. */
export const receivedPrefix = "keep-40d/inbound/";

/** Where the rule of the default domains puts it; that of all other domains has no folder of its own. */
const ownPrefix = `${receivedPrefix}own/`;

/**
 * Of a mail for recipients of both receipt rules SES makes an object and a notification for each, under one id: this tells
 * them apart. It goes by the object's key.
 */
export const ruleOf = ({ blob }: { readonly blob: string }): "own" | "" => (blob.startsWith(ownPrefix) ? "own" : "");

/** The key of a database's own copy: it goes with the database, whoever else got the mail. */
export const copyOf = (db: string, id: string): string => `${lifetimePrefix(days * 86_400)}/${db}/received/${id}`;
