import { type Rate, throttle } from "../limit/throttle.ts";
import type { Ports } from "../ports/main.ts";
import type { Attempt } from "./delivery.ts";
import { type Owner, secretsOf } from "./endpoint.ts";
import { post } from "./post.ts";
import { find } from "./webhook.ts";

/** Tests of a database, or of the operator, of all its endpoints together. */
const rate: Rate = { most: 10, per_seconds: 60 };

/** What a test came to. */
export interface Tested extends Omit<Attempt, "at"> {
  /** Its `webhook-id`. */
  readonly id: string;
  /** Whether it was taken: 2xx. */
  readonly ok: boolean;
}

/**
 * Sends a signed `webhook.test` to an endpoint, enabled or not, at once and once. It is of a type that nothing real
 * has: a receiver must not take a test for a bounce. What comes of it changes nothing of the endpoint.
 * @throws AppError not_found; rate_limit_exceeded after 10 tests within a minute.
 */
export async function test(
  ports: Pick<Ports, "store" | "clock" | "random" | "http" | "vault" | "log">,
  owner: Owner,
  id: string,
): Promise<Tested> {
  const endpoint = await find(ports, owner, id);
  await throttle(ports, owner, "webhook-test", rate, "webhook tests");
  const event = `test_${Buffer.from(ports.random.bytes(16)).toString("hex")}`;
  const created_at = new Date(ports.clock.now()).toISOString();
  const body = JSON.stringify({ type: "webhook.test", created_at, data: { webhook_id: id } });
  const secrets = await secretsOf(ports, endpoint);
  const { status, answer, error, ms } = await post(ports, endpoint.endpoint, { id: event, body }, secrets);
  return { id: event, ok: error === null, status, answer, error, ms };
}
