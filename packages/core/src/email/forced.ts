/**
 * An email that was forced to a server (R-SEL-8) is marked while it waits, so that the server does not go without a word
 * on what becomes of it (R-SRV-6).
 */

const prefix = "FORCED#";

/** The partition of the mark index with the waiting emails that were forced to a server. */
export const forcedPartition = (db: string, server: string): string => `${prefix}${db}#${server}`;

/** The mark index attributes of such an email. */
export const forcedMark = (db: string, server: string, id: string): { mark_pk: string; mark_sk: string } => ({
  mark_pk: forcedPartition(db, server),
  mark_sk: id,
});

/** Whether a partition of the mark index is one of these; another stands for the red envelope, or for held mail. */
export const isForced = (partition: string | undefined): boolean => partition?.startsWith(prefix) ?? false;
