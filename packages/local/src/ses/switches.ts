import type { Forced } from "../receive/verdict.ts";
import { SANDBOX } from "./limits.ts";

/** What a test or an operator may turn while the endpoint runs. Not kept over a restart. */
export interface Switches {
  /** Sandbox account: verified recipients only. */
  sandbox: boolean;
  /** Recipients a second; undefined: not enforced. */
  maxSendRate: number | undefined;
  /** Recipients in 24 hours; undefined: not enforced. */
  max24HourSend: number | undefined;
  /** Calls a second of each operation but SendEmail; undefined: not enforced. AWS: about 1. */
  managementRate: number | undefined;
  /** Whether a receipt rule set is active; mail comes in by SMTP all the same. */
  receiptRules: boolean;
  /** SendBounce calls a second; undefined: not enforced. AWS: 1. */
  bounceRate: number | undefined;
  /** What is found of every mail that comes in, whatever would be; none of a kind: it is looked for. */
  verdicts: Forced;
  /** True cuts the event path: events stay pending. */
  holdEvents: boolean;
  /** Milliseconds an event of a mail accepted from now on waits before it is published. */
  delayEvents: number;
}

/** Switches at start: nothing is limited unless asked for, or in the sandbox. */
export function createSwitches(options: { sandbox?: boolean; maxSendRate?: number; max24HourSend?: number }): Switches {
  const sandbox = options.sandbox ?? false;
  return {
    sandbox,
    maxSendRate: options.maxSendRate ?? (sandbox ? SANDBOX.maxSendRate : undefined),
    max24HourSend: options.max24HourSend ?? (sandbox ? SANDBOX.max24HourSend : undefined),
    managementRate: undefined,
    receiptRules: true,
    bounceRate: undefined,
    verdicts: {},
    holdEvents: false,
    delayEvents: 0,
  };
}
