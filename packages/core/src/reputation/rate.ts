/** What became of a database's recipients over the platform, the mailbox simulator left out (R-FAIL-7). */
export interface Counted {
  /** Whose mail has ended, delivered or not; over a relay, which tells of no delivery, whose mail it took. */
  readonly recipients: number;
  readonly bounced: number;
  readonly complained: number;
}

/** The same as shares, from 0 to 1. */
export interface Rates {
  readonly recipients: number;
  readonly bounce_rate: number;
  readonly complaint_rate: number;
}

/** What rates come to. */
export type Verdict = "ok" | "warning" | "paused";

/** Fewer recipients than this say nothing. */
export const minimum = 200;

/** From how many of 10,000 recipients on: 4 % and 8 % bounced, 0.08 % and 0.3 % complained. */
export const thresholds = {
  bounced: { warning: 400, paused: 800 },
  complained: { warning: 8, paused: 30 },
} as const;

/** Judges what was counted (R-FAIL-7), in whole numbers: a rate on the border has reached it. */
export function judge(counted: Counted): Verdict {
  if (counted.recipients < minimum) return "ok";
  const reaches = (verdict: "warning" | "paused") =>
    (["bounced", "complained"] as const).some(
      (what) => counted[what] * 10_000 >= counted.recipients * thresholds[what][verdict],
    );
  return reaches("paused") ? "paused" : reaches("warning") ? "warning" : "ok";
}

/** The rates, to four digits of a percent; 0 of nobody. */
export function rates({ recipients, bounced, complained }: Counted): Rates {
  const share = (n: number) => (recipients === 0 ? 0 : Math.round((n / recipients) * 1_000_000) / 1_000_000);
  return { recipients, bounce_rate: share(bounced), complaint_rate: share(complained) };
}

/** A rate as one reads it, e.g. `8.25 %`. */
export const percent = (rate: number): string => `${Number((rate * 100).toFixed(2))} %`;
