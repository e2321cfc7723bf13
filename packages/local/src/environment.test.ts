import { defaultWaits } from "@posthouse/core/operator/settings";
import { describe, expect, it } from "vitest";
import { environment, type FunctionSettings } from "./environment.ts";

const url = "http://127.0.0.1:1";
const services = {
  dynamodb: { url },
  fauxqs: { url },
  ses: { url },
  kms: { url, keyArn: "arn:aws:kms:eu-west-1:1:key/1" },
};
const settings: FunctionSettings = {
  operatorKey: "ph_op_key",
  root_domain: "posthouse.test",
  platform_smtp_url: null,
  public_url: null,
  private_smtp_hosts: true,
  reset_utc: "23:00",
  waits: defaultWaits,
};

describe("the environment of the embedded functions", () => {
  it.each([
    [null, "none"],
    ["smtp://127.0.0.1:2500", "smtp://127.0.0.1:2500"],
  ])("has the relay %s as the secret it is on AWS", (platform_smtp_url, value) => {
    const given = environment(services, { ...settings, platform_smtp_url });
    expect(JSON.parse(given["SST_RESOURCE_PlatformSmtpUrl"] ?? "")).toEqual({ value });
    expect(given).not.toHaveProperty("POSTHOUSE_PLATFORM_SMTP_URL");
  });
});
