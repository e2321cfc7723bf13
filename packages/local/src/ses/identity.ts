import { randomBytes } from "node:crypto";
import * as Arn from "./arn.ts";
import type { Ses } from "./context.ts";
import { alreadyExists, notFound, SesError } from "./error.ts";

/** State of a check AWS makes in the DNS. */
export type VerificationStatus = "PENDING" | "SUCCESS" | "FAILED" | "TEMPORARY_FAILURE" | "NOT_STARTED";

/** A domain or an address mail may come from, once verified. Times in epoch milliseconds. */
export interface Identity {
  name: string;
  createdAt: number;
  status: VerificationStatus;
  tags: { Key: string; Value: string }[];
  feedbackForwarding: boolean;
  configurationSet?: string;
  dkim: { enabled: boolean; tokens: string[]; origin: "AWS_SES" | "EXTERNAL" };
  mailFrom?: { domain: string; status: VerificationStatus; behavior: "USE_DEFAULT_VALUE" | "REJECT_MESSAGE" };
}

/** The name as SES keeps it: domains fold case, the local part of an address does not. */
export function normalize(name: string): string {
  const at = name.lastIndexOf("@");
  return name.slice(0, at + 1) + name.slice(at + 1).toLowerCase();
}

/** True for an address, false for a domain. */
export function isAddress(name: string): boolean {
  return name.includes("@");
}

/** The identity's ARN. */
export function arn(ses: Ses, name: string): string {
  return Arn.format(ses, `identity/${name}`);
}

/** A new identity: pending until its check succeeds, Easy DKIM tokens for a domain. */
export function create(ses: Ses, input: Pick<Identity, "name" | "tags" | "configurationSet"> & { selector?: string }) {
  const name = normalize(input.name);
  if (ses.identities.get(name)) throw alreadyExists("Email identity", name);
  if (ses.identities.count() >= ses.limits.identities) {
    throw new SesError("LimitExceededException", "The account has as many email identities as it may have.");
  }
  const identity: Identity = {
    name,
    createdAt: ses.now(),
    status: "PENDING",
    tags: input.tags,
    feedbackForwarding: true,
    dkim: dkim(name, input.selector),
    ...(input.configurationSet && { configurationSet: input.configurationSet }),
  };
  ses.identities.put(name, identity);
  return identity;
}

function dkim(name: string, selector: string | undefined): Identity["dkim"] {
  if (selector) return { enabled: true, tokens: [selector], origin: "EXTERNAL" };
  const tokens = isAddress(name) ? [] : Array.from({ length: 3 }, () => randomBytes(16).toString("hex"));
  return { enabled: !isAddress(name), tokens, origin: "AWS_SES" };
}

/** The identity of exactly this name, or `NotFoundException`. */
export function get(ses: Ses, name: string): Identity {
  const identity = ses.identities.get(normalize(name));
  if (!identity) throw notFound("Email identity", name);
  return identity;
}

/** Changes what is given of an identity. */
export function update(ses: Ses, name: string, change: Partial<Identity>): void {
  const identity = get(ses, name);
  ses.identities.put(identity.name, { ...identity, ...change });
}

/** Names of the identities that would let `address` send, the most specific first: a parent domain covers it too. */
export function candidates(address: string): string[] {
  const normal = normalize(address);
  const at = normal.lastIndexOf("@");
  const unlabeled = normal.slice(0, at).replace(/\+.*$/, "") + normal.slice(at);
  const labels = normal.slice(at + 1).split(".");
  return [...new Set([normal, unlabeled]), ...labels.map((_, index) => labels.slice(index).join("."))];
}

/** The most specific verified identity that covers `address`. */
export function cover(ses: Ses, address: string): Identity | undefined {
  return candidates(address)
    .map((name) => ses.identities.get(name))
    .find((identity) => identity?.status === "SUCCESS");
}
