import { defaultPlans } from "@posthouse/core/operator/settings";

/** Databases of a plan. */
export interface Plan {
  /** Of all databases, 0 to 1. */
  readonly share: number;
  /** Recipients a day. */
  readonly limit: number;
  /** Its part of the transactional mail that is asked for, against that of the others: a database's, on average. */
  readonly weight: number;
}

/** The inputs of a simulated day. Whatever is no fact or constant of the code is here: each is a line to argue about. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly seed: number;
  readonly databases: number;
  readonly plans: Readonly<Record<string, Plan>>;
  /** Mails a day that are asked for, of all databases: one recipient each, one request each. */
  readonly transactional: number;
  /** How unequal databases of a plan are: the deviation of the logarithm of what they send (lognormal). */
  readonly tail: number;
  /** Mass mail. */
  readonly campaigns: {
    /** Databases that have one that day, 0 to 1. */
    readonly share: number;
    /** Mails a day, all together. */
    readonly mails: number;
    /** As `tail`, of the sizes; those of a larger plan are larger. */
    readonly tail: number;
    /** Batches of 100 a second that an application sends. */
    readonly rate: number;
  };
  /** What databases do over their limit: the share that holds its mail (`on_limit: hold`). */
  readonly holds: number;
  /** Databases with one webhook, and how many of a mail's events it wants. */
  readonly webhooks: { readonly share: number; readonly events: number };
  /** Of all that is sent, 0 to 1. */
  readonly bounced: number;
  readonly complained: number;
  /** Tries SES refuses for now, 0 to 1. */
  readonly refused: number;
  /** What SES allows the account: recipients a second and in 24 hours. Null = without a rate. */
  readonly ses: { readonly rate: number; readonly quota: number } | null;
  /** Processes of the API function that a database's requests meet: each is surprised once by a limit that is reached. */
  readonly processes: number;
}

/** The hour (UTC) at which limits are reset by default, and a simulated day begins (R-LIM-2). */
export const reset = 23;

/**
 * Parts of a day by its hour, UTC. Assumed: business hours of Europe and the Americas one after the other, a night that is a
 * tenth of the day's busiest hour, campaigns in the mornings of both. Nobody's traffic was measured for it: the busiest hour
 * has 6.6 % (mass mail 12 %) of a day, and that is what matters.
 */
export const hours = {
  transactional: [2, 1, 1, 1, 2, 4, 6, 8, 10, 10, 9, 9, 8, 9, 10, 10, 9, 9, 8, 7, 6, 5, 4, 3],
  mass: [0, 0, 0, 0, 0, 1, 3, 8, 12, 12, 9, 6, 5, 8, 10, 9, 7, 4, 3, 2, 1, 0, 0, 0],
} as const;

const cell = {
  seed: 7,
  // As many as SES has tenants for
  databases: 10_000,
  // Assumed: the largest sixth of the databases of a plan sends over three times what the middle one does
  tail: 1.2,
  // Assumed, as all shares here
  holds: 0.2,
  webhooks: { share: 0.3, events: 1 },
  // Three quarters of the 2 % that SES advises to stay below (it looks into 5 %)
  bounced: 0.015,
  // A third of the 0.1 % from which on SES looks into an account, and Gmail advises to stay below
  complained: 0.000_3,
  // Assumed: one try in two thousand is throttled, or meets a service that is busy
  refused: 0.000_5,
  processes: 10,
} as const;

const limitOf = (plan: string): number => defaultPlans[plan] ?? 0;

/** 10,000 databases on the plans an installation starts with, and SES's rate of a small account that was raised once. */
export const small: Scenario = {
  ...cell,
  name: "default",
  title: "10,000 databases, default plans",
  plans: {
    trial: { share: 0.3, limit: limitOf("trial"), weight: 1 },
    one_app_free: { share: 0.3, limit: limitOf("one_app_free"), weight: 1 },
    standard: { share: 0.4, limit: limitOf("standard"), weight: 4 },
  },
  transactional: 200_000,
  campaigns: { share: 0.08, mails: 40_000, tail: 1, rate: 5 },
  ses: { rate: 20, quota: 500_000 },
};

/** The same cell at 100 million mails a day: plans with such limits, and what SES has to allow for it. */
export const large: Scenario = {
  ...cell,
  name: "hundred-million",
  title: "10,000 databases, 100 million mails a day",
  plans: {
    starter: { share: 0.5, limit: 25_000, weight: 1 },
    business: { share: 0.4, limit: 250_000, weight: 8 },
    enterprise: { share: 0.1, limit: 5_000_000, weight: 40 },
  },
  tail: 1.6,
  transactional: 42_000_000,
  campaigns: { share: 0.15, mails: 64_000_000, tail: 1.2, rate: 5 },
  holds: 0.1,
  ses: { rate: 3_000, quota: 130_000_000 },
  processes: 40,
};

export const scenarios = [small, large] as const;
