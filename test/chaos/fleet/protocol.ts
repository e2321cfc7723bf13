/**
 * What the chaos suite and its processes say to each other. The product runs as eight processes, each of which may die
 * alone: three hold the embedded AWS, five run one Lambda function each (and those beside it that read the same queues).
 */

/** The embedded AWS: DynamoDB; SQS, SNS and S3; SES and KMS. */
export const services = ["dynamodb", "queues", "ses"] as const;
/** The functions; `feedback` also provisions, `deliver` also takes in what is received. */
export const functions = ["api", "dispatch", "feedback", "deliver", "tick"] as const;
export const roles = [...services, ...functions] as const;
export type Role = (typeof roles)[number];

/** What listens on a port of its own. */
export type Listener = "dynamodb" | "queues" | "ses" | "kms" | "api";
export type TcpPorts = Readonly<Record<Listener, number>>;

/** What goes wrong while it lasts. */
export interface Weather {
  /** Share of the calls and deliveries that something happens to, 0 to 1. */
  readonly faults: number;
  /** The same for hand-overs to SES. */
  readonly ses_faults: number;
  /** SES publishes no events. */
  readonly events_held: boolean;
  /** Addresses that nothing could reach can be reached. */
  readonly forgiving: boolean;
}

/** Nothing goes wrong. */
export const fair: Weather = { faults: 0, ses_faults: 0, events_held: false, forgiving: false };

/** What a process is started with. */
export interface Start {
  readonly role: Role;
  readonly dir: string;
  readonly ports: TcpPorts;
  /** Of this process's own choices: another one for each of its lives. */
  readonly seed: number;
  /** How far the product's time is ahead of the machine's, in ms. */
  readonly offset_ms: number;
  readonly weather: Weather;
  /** The KMS key, once there is one. */
  readonly key_arn: string;
  readonly operator_key: string;
}

/** At which of its next writes a process kills itself, and whether before it or after it. */
export interface Death {
  readonly writes: number;
  readonly moment: "before" | "after";
}

/** A copy of a message that left, to one recipient. */
export interface Copy {
  readonly email: string;
  readonly recipient: string;
  /** SES's own id; the SMTP connection gives none. */
  readonly provider_id: string | null;
}

/** What waits in the queues and at SES. */
export interface Waiting {
  readonly count: number;
  /** Names of dead-letter queues that are not empty. */
  readonly dead: readonly string[];
}

export type Command =
  | { readonly advance_ms: number }
  | { readonly weather: Weather }
  | { readonly die: Death }
  | { readonly ask: "waiting" | "copies" };

/** Parent → process. */
export interface Request {
  readonly id: number;
  readonly command: Command;
}

/** Process → parent: the first one says it is ready. */
export type Reply =
  | { readonly ready: true; readonly key_arn?: string }
  | { readonly id: number; readonly answer: unknown };
