/** Quotas of one SES account in one Region, as the SES documentation states them. */
export interface Limits {
  /** Email identities. */
  identities: number;
  /** Tenants. */
  tenants: number;
  /** Configuration sets. */
  configurationSets: number;
  /** Event destinations of one configuration set. */
  eventDestinations: number;
  /** Recipients (To + Cc + Bcc) of one SendEmail call. */
  recipients: number;
  /** Bytes of one raw message. */
  messageBytes: number;
  /** Characters of one line, without its line end (RFC 5322, section 2.1.1). */
  lineLength: number;
  /** Bytes of headers an event repeats before it sets `headersTruncated`. */
  eventHeaderBytes: number;
  /** Characters of the name or value of a message tag. */
  tagLength: number;
}

/** The quotas of a production account. */
export const LIMITS: Limits = {
  identities: 10_000,
  tenants: 10_000,
  configurationSets: 10_000,
  eventDestinations: 10,
  recipients: 50,
  messageBytes: 40 * 1024 * 1024,
  lineLength: 998,
  eventHeaderBytes: 10 * 1024,
  tagLength: 256,
};

/** What a sandbox account may send: recipients a second and in 24 hours. */
export const SANDBOX = { maxSendRate: 1, max24HourSend: 200 };

/** What GetAccount reports while nothing is enforced. AWS says so of the day only: an account there always has a rate. */
export const UNLIMITED = { maxSendRate: -1, max24HourSend: -1 };
