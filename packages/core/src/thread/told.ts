/** Somebody who is not told of a message, and why. */
export interface NotSent {
  readonly address: string;
  /** The name of an error, or a failure type. */
  readonly reason: string;
  /** What happened, and what to do. */
  readonly message: string;
  /** When the daily limit is reset, where that was in the way; ISO 8601. */
  readonly resets_at?: string;
}

/** What became of telling the followers. */
export interface Told {
  /** Emails that were accepted, those that are held among them. */
  readonly emails: number;
  readonly held: number;
  readonly inbox: number;
  /** Who is not told, and why; the first hundred. */
  readonly not_sent: readonly NotSent[];
  readonly not_sent_count: number;
  /** Followers whose turn is still to come: the tick goes on. */
  readonly pending: number;
}
