import { HttpUnavailable } from "../ports/http.ts";
import type { Ports } from "../ports/main.ts";
import type { Attempt } from "./delivery.ts";
import { type EndpointRecord, secretsOf } from "./endpoint.ts";
import * as RetryAfter from "./retry-after.ts";
import { headers } from "./signature.ts";
import { clip } from "./trim.ts";

/** How long an endpoint may take for its answer, in ms. */
export const timeout = 15_000;
/** Characters of an answer that are kept, and the bytes they are taken from. */
const answers = { characters: 500, bytes: 4_096 };

/** What became of a POST. */
export interface Posted extends Attempt {
  /** Whether there was no answer in time. */
  readonly silent: boolean;
  /** How long the endpoint asks to be left alone, in ms. */
  readonly asked?: number;
  /** It failed on this side, which says nothing of the endpoint. */
  readonly ours?: true;
}

/**
 * Posts an event to an endpoint, signed by Standard Webhooks with every secret in force. Taken means 2xx; nothing is
 * redirected.
 * @param secrets `whsec_…`, see `secretsOf`
 */
export async function post(
  { http, clock, log }: Pick<Ports, "http" | "clock" | "log">,
  url: string,
  message: { readonly id: string; readonly body: string },
  secrets: readonly string[],
): Promise<Posted> {
  const start = clock.now();
  const signed = headers({ ...message, timestamp: Math.floor(start / 1000) }, secrets);
  const request = {
    method: "POST" as const,
    url,
    headers: { "content-type": "application/json", "user-agent": "Posthouse-Webhooks/1", ...signed },
    body: message.body,
    timeout,
    enough: answers.bytes,
  };
  const common = () => ({ at: new Date(start).toISOString(), ms: Math.max(0, clock.now() - start) });
  try {
    const { status, body, retry_after } = await http.request(request);
    const asked = RetryAfter.read(status, retry_after, clock.now());
    const answer = { status, answer: readable(body), error: problem(status), silent: false };
    return { ...common(), ...answer, ...(asked !== undefined && { asked }) };
  } catch (error) {
    const none = { ...common(), status: null, answer: null };
    if (error instanceof HttpUnavailable) return { ...none, error: error.message, silent: error.silent };
    log.error("a webhook was not posted", { operation: "webhook", code: message.id, error });
    return {
      ...none,
      error: "it could not be sent: an error on this side, try again later",
      silent: false,
      ours: true,
    };
  }
}

/** The secrets of endpoints, each opened once. */
export function keyring(ports: Pick<Ports, "vault" | "clock">): (endpoint: EndpointRecord) => Promise<string[]> {
  const opened = new Map<string, Promise<string[]>>();
  return (endpoint) => {
    const secrets = opened.get(endpoint.sealed) ?? secretsOf(ports, endpoint);
    opened.set(endpoint.sealed, secrets);
    return secrets;
  };
}

/** What an answer other than 2xx means for whoever runs the endpoint. */
function problem(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status === 410) return "410 Gone: the endpoint wants to be told nothing more, it is disabled";
  if (status >= 300 && status < 400)
    return `the endpoint redirects (${status}), which is not followed: give the URL it leads to`;
  if (status === 401 || status === 403)
    return `the endpoint refuses (${status}): check its access rules, and the secret it verifies with`;
  return `the endpoint answered ${status}: it is to answer 2xx once it has the event`;
}

/** The beginning of an answer that is text. */
function readable(body: string): string | null {
  const start = body.slice(0, answers.characters + 1);
  const isText = start !== "" && !/[\0\uFFFD]/.test(start.slice(0, answers.characters));
  // Control characters but tab and line feed: who looks at it may do so in a terminal
  return isText ? clip(start.replace(/[^\P{Cc}\t\n]/gu, " "), answers.characters) : null;
}
