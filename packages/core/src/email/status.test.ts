import { describe, expect, it } from "vitest";
import type { State } from "./head.ts";
import { lastEvent, statesOf, statusOf } from "./status.ts";

describe("the status of an email", () => {
  it.each<[State[], State]>([
    [["sent"], "sent"],
    [["sent", "queued"], "queued"],
    [["failed", "deferred"], "deferred"],
    [["sent", "failed"], "failed"],
    [["delivered", "bounced"], "bounced"],
    [["delivered", "sent"], "sent"],
    [["suppressed", "sent"], "suppressed"],
    [["bounced", "failed", "complained"], "failed"],
  ])("of %j is %s", (states, status) => {
    expect(statusOf(states)).toBe(status);
  });

  it("a recipient without a state of its own has the head's", () => {
    expect(statesOf({ state: "sent" }, [{}, { state: "failed" }])).toEqual(["sent", "failed"]);
    expect(statesOf({ state: "sent" }, [])).toEqual(["sent"]);
  });

  it.each<[State, string]>([
    ["held", "queued"],
    ["sending", "queued"],
    ["deferred", "delivery_delayed"],
    ["sent", "sent"],
    ["bounced", "bounced"],
  ])("Resend calls %s %s", (status, event) => {
    expect(lastEvent(status)).toBe(event);
  });
});
