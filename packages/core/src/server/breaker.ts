import type { FailureClass } from "../ports/mailer.ts";
import type { Item } from "../ports/store.ts";

/**
 * The circuit breaker of a server of a database: what is known of its failures since it last worked. A failure is a
 * connection that could not be made ready (TCP, TLS, greeting, login), or that broke or fell silent over a message; what
 * a server says of one message is none, for it works.
 */
export interface Breaker {
  /** Failures in a row. */
  readonly failures: number;
  /** When the first of them was, ISO 8601 UTC. */
  readonly since: string;
  /** Of the last failure. */
  readonly class: FailureClass;
  /** The server's own words at the last failure. */
  readonly reply: string;
  /** How often attempts were stopped since it last worked. */
  readonly stops: number;
  /** Nobody tries before, then one mail does; absent while there are too few failures. */
  readonly until?: string;
  /** Raised by each change: a change names the revision it saw. */
  readonly rev: number;
}

/** What a failure tells. */
export type Failure = Pick<Breaker, "class" | "reply">;

/** So many failures in a row stop the attempts. */
export const threshold = 3;

const minutes = [1, 2, 4, 8, 16, 32];

/** How long attempts are stopped for the `n`-th time in a row, in ms: 1, 2, 4 … 60 minutes. */
export const stopAfter = (n: number): number => (minutes[n - 1] ?? 60) * 60_000;

/** The reply is shown with the server: no longer than this. */
const longest = 300;

/**
 * The breaker after one more failure. From the third on attempts are stopped; the failure of the one mail that tries
 * when that is over stops them for longer, any other (of a connection that was open already) does not.
 * @param now ms
 * @param probing whether it was the mail that tried
 */
export function afterFailure(before: Breaker | undefined, failure: Failure, now: number, probing: boolean): Breaker {
  const failures = (before?.failures ?? 0) + 1;
  const stopped = before?.until !== undefined;
  const stops = (before?.stops ?? 0) + ((stopped ? probing : failures >= threshold) ? 1 : 0);
  const until = stops > (before?.stops ?? 0) ? iso(now + stopAfter(stops)) : before?.until;
  return {
    failures,
    since: before?.since ?? iso(now),
    class: failure.class,
    reply: failure.reply.slice(0, longest).toWellFormed(),
    stops,
    ...(until !== undefined && { until }),
    rev: (before?.rev ?? 0) + 1,
  };
}

/** The breaker when a mail goes to try, which nobody else does for `ms`: whoever tries may die. */
export const whileTried = (before: Breaker, now: number, ms: number): Breaker => ({
  ...before,
  until: iso(now + ms),
  rev: before.rev + 1,
});

/** Whether nobody tries at `now` (ms). */
export const isOpen = ({ until }: Breaker, now: number): boolean => until !== undefined && Date.parse(until) > now;

/** The breaker in an item. */
export function fromItem({ pk: _pk, sk: _sk, expires_at: _end, ...breaker }: Item): Breaker {
  return breaker as unknown as Breaker;
}

const iso = (at: number): string => new Date(at).toISOString();
