import { describe, expect, it } from "vitest";
import { accessRequest } from "./access.ts";

const facts = {
  root_domain: "mail.example.com",
  region: "eu-west-1",
  public_url: "https://api.mail.example.com",
  sandbox: true,
  quota: 200,
  used: 12,
  rate: 1,
};

describe("the request for production access", () => {
  it("has the facts of the installation, and what SES asks for", () => {
    const { text } = accessRequest(facts, { databases: 40, limit: 8_000, used: 310 });
    for (const fact of ["40 databases", "8000 recipients", "310 recipients today", "12 over Amazon SES", "eu-west-1"])
      expect(text).toContain(fact);
    for (const part of [
      "Mail types:",
      "Volume:",
      "Bounces and complaints:",
      "Unsubscribe:",
      "mail.example.com is verified",
      "A database with 8 % of bounces or 0.3 % of complaints in seven days",
      "warned at 4 % and 0.08 %",
    ])
      expect(text).toContain(part);
    // SES takes no longer one
    expect(text.length).toBeLessThan(5_000);
  });

  it("is one command that a shell reads as it is meant", () => {
    const { text, command } = accessRequest(facts, { databases: 1, limit: 50, used: 0 });
    expect(command).toMatch(/^aws sesv2 put-account-details \\\n {2}--region eu-west-1 \\\n/);
    expect(command).toContain("--website-url 'https://REPLACE-BY-YOUR-WEBSITE.example'");
    expect(command.endsWith(`--use-case-description '${text}'`)).toBe(true);
    const odd = accessRequest({ ...facts, root_domain: "it's.example" }, { databases: 1, limit: 1, used: 0 });
    expect(odd.command).toContain(String.raw`it'\''s.example is verified`);
  });

  it("says nothing of what SES did not say", () => {
    const { text } = accessRequest(
      { ...facts, quota: null, used: null, rate: null },
      { databases: 0, limit: 0, used: 0 },
    );
    expect(text).toContain("0 over Amazon SES in the last 24 hours. Region eu-west-1.");
  });
});
