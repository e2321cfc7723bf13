import { Resource } from "sst";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { config, operatorKey } from "./env.ts";

const resources: Record<string, object> = {
  App: { name: "posthouse", stage: "test" },
  Table: { name: "posthouse-table" },
  Bodies: { name: "posthouse-bodies" },
  DispatchQueue: { url: "https://sqs/dispatch" },
  MassQueue: { url: "https://sqs/mass" },
  ExternalQueue: { url: "https://sqs/external.fifo" },
  ProvisionQueue: { url: "https://sqs/provision" },
  WebhookQueue: { url: "https://sqs/webhook" },
  IncomingQueue: { url: "https://sqs/incoming" },
  FeedbackQueue: { url: "https://sqs/feedback" },
  InboundQueue: { url: "https://sqs/inbound" },
  EventsTopic: { arn: "arn:aws:sns:eu-west-1:1:events" },
  VaultKey: { arn: "arn:aws:kms:eu-west-1:1:key/1" },
  OperatorKey: { value: "ph_op_key" },
  PlatformSmtpUrl: { value: "none" },
};
// SST's proxy reads the environment once, at its first use.
for (const [name, value] of Object.entries(resources)) process.env[`SST_RESOURCE_${name}`] = JSON.stringify(value);

beforeEach(() => vi.stubEnv("POSTHOUSE_ROOT_DOMAIN", "mail.example.com"));
afterEach(() => {
  vi.unstubAllEnvs();
  link("none");
});

/** As another deploy links the secret. */
const link = (value: string) => Object.assign(Resource, { PlatformSmtpUrl: { value } });

describe("env", () => {
  it("reads the linked resources", () => {
    expect(config().resources).toEqual({
      table: "posthouse-table",
      bodies: "posthouse-bodies",
      queues: {
        dispatch: "https://sqs/dispatch",
        mass: "https://sqs/mass",
        external: "https://sqs/external.fifo",
        provision: "https://sqs/provision",
        webhook: "https://sqs/webhook",
        incoming: "https://sqs/incoming",
      },
      told: { feedback: "https://sqs/feedback", inbound: "https://sqs/inbound" },
      events_topic: "arn:aws:sns:eu-west-1:1:events",
      vault_key: "arn:aws:kms:eu-west-1:1:key/1",
    });
    expect(operatorKey()).toBe("ph_op_key");
  });

  it("has the defaults of an installation in the cloud", () => {
    expect(config()).toMatchObject({
      private_smtp_hosts: false,
      own: "posthouse-test",
      receives: true,
      operator: {
        root_domain: "mail.example.com",
        platform: "ses",
        platform_smtp_url: null,
        public_url: null,
        reset_utc: "23:00",
        waits: { tick: 60, recovery: 300, unknown: 900, lease: 60 },
      },
    });
  });

  it("takes what is set", () => {
    vi.stubEnv("POSTHOUSE_PRIVATE_SMTP_HOSTS", "true");
    vi.stubEnv("POSTHOUSE_DNS_SERVERS", "127.0.0.1:5300,9.9.9.9");
    vi.stubEnv("POSTHOUSE_RECEIVES", "false");
    vi.stubEnv("POSTHOUSE_RESET_UTC", "00:30");
    vi.stubEnv("POSTHOUSE_LEASE_SECONDS", "40");
    expect(config()).toMatchObject({
      private_smtp_hosts: true,
      receives: false,
      dns_servers: ["127.0.0.1:5300", "9.9.9.9"],
      operator: {
        reset_utc: "00:30",
        waits: { lease: 40 },
      },
    });
  });

  it("has the relay of its secret as the platform", () => {
    link("smtps://user:password@relay.example:465");
    expect(config().operator).toMatchObject({
      platform: "smtp",
      platform_smtp_url: "smtps://user:password@relay.example:465",
    });
  });

  it.each(["https://hidden.example", "hidden", "smtp://"])("refuses %s as a relay, and does not show it", (value) => {
    link(value);
    expect(() => config()).toThrow(/secret PlatformSmtpUrl(?!.*hidden)/);
  });

  it.each([
    ["POSTHOUSE_RESET_UTC", "24:00"],
    ["POSTHOUSE_RESET_UTC", "9:5"],
    ["POSTHOUSE_TICK_SECONDS", "soon"],
    ["POSTHOUSE_LEASE_SECONDS", "0"],
    ["POSTHOUSE_ROOT_DOMAIN", " "],
    ["POSTHOUSE_DNS_SERVERS", "resolver.example"],
    ["POSTHOUSE_PUBLIC_URL", "http://mail.example.com"],
    ["POSTHOUSE_PUBLIC_URL", "mail.example.com"],
  ])("names the variable at fault: %s=%s", (name, value) => {
    vi.stubEnv(name, value);
    expect(() => config()).toThrow(name);
  });
});
