import { assumed } from "../../bench/prices.ts";

/** Seconds an invocation takes, made of its calls one after another; what waits for a slot of SES takes longer. */

const { callMs, sesMs, workMs, webhookMs } = assumed;

/** Accepts a request. */
export const accepting = (5 * callMs + workMs) / 1_000;
/** Hands over what it has, side by side. */
export const handOver = (5 * callMs + sesMs + workMs) / 1_000;
/** Takes in a batch of events. */
export const takingIn = (2 * callMs + workMs) / 1_000;
/** Tells a webhook: what its receiver takes to answer. */
export const telling = webhookMs / 1_000;
