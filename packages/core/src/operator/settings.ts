/** What the operator decides for the whole installation. */
export interface OperatorSettings {
  /** The installation's own domain; a database's default domain is `<name>.<root_domain>`. */
  readonly root_domain: string;
  /** The platform: Amazon SES, or a plain SMTP relay. */
  readonly platform: "ses" | "smtp";
  /** The relay, where `platform` is `smtp`: `smtp[s]://user:password@host:port`. */
  readonly platform_smtp_url: string | null;
  /** Where recipients reach the API, e.g. `https://mail.example.com`: links in mail begin so. Null = none are made. */
  readonly public_url: string | null;
  /** Daily limit of platform mail by plan, in recipients (R-LIM-1). */
  readonly plans: Readonly<Record<string, number>>;
  /** Daily limit an installed app brings, in recipients (R-LIM-1). */
  readonly apps: Readonly<Record<string, number>>;
  /** When the day ends, `HH:MM` UTC (R-LIM-2). */
  readonly reset_utc: string;
  readonly waits: Waits;
}

/** How long the machinery waits, in seconds. */
export interface Waits {
  /** Between two ticks. */
  readonly tick: number;
  /** Until the tick takes up a mail that was accepted and perhaps never enqueued. */
  readonly recovery: number;
  /** How long an unknown SES answer waits for its event. */
  readonly unknown: number;
  /** How long a claim holds: the hand-over's time-out and some. */
  readonly lease: number;
}

/** The plan table an installation starts with (R-LIM-1). */
export const defaultPlans: Readonly<Record<string, number>> = { trial: 50, one_app_free: 20, standard: 200 };

/** Waits of an installation in the cloud. */
export const defaultWaits: Waits = { tick: 60, recovery: 300, unknown: 900, lease: 60 };
