import { SESv2Client } from "@aws-sdk/client-sesv2";
import type { SesMailer, SmtpMailer } from "@posthouse/core/ports/mailer";
import { clientOptions } from "./client-options.ts";
import type { AwsConfig } from "./config.ts";
import { createSesMailer, sesClientOptions } from "./ses/mailer.ts";
import { createSmtpMailer } from "./smtp/mailer.ts";
import { traced } from "./trace.ts";

/** The SES mailer with a client of its own, which never repeats by itself, unless one is given. */
export function openSes(config: AwsConfig, given?: SESv2Client): SesMailer {
  const timeout_ms = handOver(config.operator.waits.lease);
  const options = { ...clientOptions(config, "ses"), ...sesClientOptions(timeout_ms) };
  const mailer = createSesMailer(given ?? new SESv2Client(options), { timeout_ms });
  return config.tracing ? traced(mailer, config.tracing) : mailer;
}

/** The SMTP mailer; it says EHLO with the installation's own domain. */
export const openSmtp = ({ private_smtp_hosts, operator }: AwsConfig): SmtpMailer =>
  createSmtpMailer({
    private_hosts: private_smtp_hosts,
    name: operator.root_domain,
    timeouts: { message: Math.min(handOver(operator.waits.lease), 30_000) },
  });

/** A hand-over's time-out in ms: 30 s less than the lease (or half of it), so that a claim outlives it. */
const handOver = (lease: number): number => Math.max(lease - 30, lease / 2) * 1_000;
