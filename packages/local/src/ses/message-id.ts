import { randomUUID } from "node:crypto";

/** An id as SES gives to mails and feedback: time in hex, a UUID, six zeros. */
export function create(now: number): string {
  return `0100${now.toString(16).padStart(12, "0")}-${randomUUID()}-000000`;
}

/** The Message-ID header SES sets for its id. */
export function header(id: string, region: string): string {
  return `<${id}@${region === "us-east-1" ? "email" : region}.amazonses.com>`;
}
