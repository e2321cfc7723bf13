import { describe, expect, it } from "vitest";
import * as ReportChange from "./change.ts";
import type { Action, Report, ReportRecipient } from "./report.ts";

const at = "2026-11-23T08:00:00.000Z";
const address = "bob@example.net";
type Given = Partial<Pick<Report, "kind" | "feedback_type">> & { email?: string; attempt?: number };
const of = (
  action: Action | null,
  status: string | null,
  { kind = "delivery", email = "em_1", attempt = 1, feedback_type }: Given = {},
) => {
  const words = "the server's words";
  const recipient: ReportRecipient = { address, original: true, action, status, diagnostic: words, remote_mta: null };
  const told = { address, attempt, recipient, at };
  return ReportChange.of(
    email,
    { kind, recipients: [recipient], message_ids: [], ...(feedback_type && { feedback_type }) },
    told,
  );
};

describe("R-FAIL-4 what a proved report changes", () => {
  it.each<[Action, string | null, string]>([
    ["failed", "5.1.1", "bounced"],
    ["failed", "5.7.1", "bounced"],
    ["failed", null, "bounced"],
    ["failed", "4.4.7", "soft_bounced"],
    ["delayed", "4.2.2", "delivery_delayed"],
    ["delayed", "5.2.2", "delivery_delayed"],
    ["delivered", "2.1.5", "reported"],
    ["relayed", "2.0.0", "reported"],
    ["expanded", "2.0.0", "reported"],
  ])("%s with %s is %s", (action, status, kind) => {
    const reply = kind === "reported" ? `${action}: the server's words` : "the server's words";
    expect(of(action, status)).toMatchObject({ address, kind, reply, at, ...(status !== null && { status }) });
  });

  it("a complaint is one, and says what it complains of", () => {
    const complaint = of(null, null, { kind: "complaint", feedback_type: "fraud" });
    expect(complaint).toMatchObject({ kind: "complained", type: "fraud" });
    expect(of("failed", "5.1.1")).not.toHaveProperty("type");
  });

  it("the same of the same recipient is the same; another action, severity, attempt or email is not", () => {
    const { dedupe } = of("failed", "5.1.1");
    expect(of("failed", "5.1.1").dedupe).toBe(dedupe);
    expect(of("failed", "5.1.2").dedupe).toBe(dedupe);
    const others = [
      of("delayed", "5.1.1"),
      of("failed", "5.7.1"),
      of("failed", "4.7.1"),
      of("failed", "5.1.1", { attempt: 2 }),
      of("failed", "5.1.1", { email: "em_2" }),
    ];
    expect(new Set([dedupe, ...others.map((other) => other.dedupe)]).size).toBe(6);
  });

  it.each(["delayed", "delivered", "relayed", "expanded"] as const)(
    "%s is told once, whatever the status",
    (action) => {
      expect(of(action, "4.2.2").dedupe).toBe(of(action, "4.4.7").dedupe);
    },
  );
});
