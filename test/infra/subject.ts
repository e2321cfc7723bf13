import { join } from "node:path";
import { type CheckName, checks } from "./check/all.ts";
import type { Subject } from "./check/check.ts";
import { bundles } from "./source.ts";
import { load } from "./stack.ts";

/** The repository. */
export const repository = join(import.meta.dirname, "../..");

const everything = {
  POSTHOUSE_ROOT_DOMAIN: "mail.example.com",
  POSTHOUSE_ALARM_EMAIL: "operator@example.com",
  POSTHOUSE_API_DOMAIN: "api.mail.example.com",
  POSTHOUSE_API_RATE: "100",
  POSTHOUSE_WEB_ACL: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/posthouse/0",
  POSTHOUSE_DNS: "route53",
  POSTHOUSE_HOSTED_ZONE: "example.com",
  POSTHOUSE_DMARC_REPORTS: "dmarc@example.com",
  POSTHOUSE_RECEIVES: "true",
  POSTHOUSE_DAILY_COST: "20",
  POSTHOUSE_RESET_UTC: "22:00",
  POSTHOUSE_DNS_SERVERS: "192.0.2.53",
  POSTHOUSE_PRIVATE_SMTP_HOSTS: "false",
  POSTHOUSE_TICK_SECONDS: "60",
  POSTHOUSE_RECOVERY_SECONDS: "300",
  POSTHOUSE_UNKNOWN_SECONDS: "900",
  POSTHOUSE_LEASE_SECONDS: "60",
  POWERTOOLS_LOG_LEVEL: "WARN",
};

/** Three stages that between them go every way through `infra/`: all settings, DNS by hand without receiving, the least. */
export const stages = {
  production: everything,
  staging: {
    POSTHOUSE_ROOT_DOMAIN: "mail.example.com",
    POSTHOUSE_DNS: "manual",
    POSTHOUSE_API_CERTIFICATE: "arn:aws:acm:us-east-1:123456789012:certificate/0",
    POSTHOUSE_WEB_ACL: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/posthouse/0",
    POSTHOUSE_FRONT_CERTIFICATE: "arn:aws:acm:us-east-1:123456789012:certificate/1",
    POSTHOUSE_RECEIVES: "false",
  },
  test: { POSTHOUSE_ROOT_DOMAIN: "mail.example.com" },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

/** A stage's name. */
export type Stage = keyof typeof stages;

/** Runs a stage's program as it stands under a root, beside the code of the repository. */
export async function subject(stage: Stage, root = repository): Promise<Subject> {
  const [stack, code] = await Promise.all([load(root, stage, stages[stage]), bundles(repository)]);
  return {
    root,
    stack,
    bundles: code,
    settings: stages[stage],
    isPermanent: stage !== "test",
    isWhole: stage === "production",
  };
}

/** What all checks find, each finding with its check's name. */
export async function findings(of: Subject): Promise<{ check: CheckName; finding: string }[]> {
  const names = Object.keys(checks) as CheckName[];
  const found = await Promise.all(
    names.map(async (check) => (await checks[check](of)).map((finding) => ({ check, finding }))),
  );
  return found.flat();
}
