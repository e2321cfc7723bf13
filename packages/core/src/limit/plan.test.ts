import { describe, expect, it } from "vitest";
import { defaultPlans } from "../operator/settings.ts";
import { dailyLimit } from "./plan.ts";

const operator = { plans: defaultPlans, apps: { email_marketing: 500, crm: 60 } };

describe("R-LIM-1 the daily limit", () => {
  it.each([
    ["trial", [], null, 50],
    ["one_app_free", [], null, 20],
    ["standard", [], null, 200],
    ["trial", ["crm"], null, 60],
    ["standard", ["crm"], null, 200],
    ["standard", ["crm", "email_marketing"], null, 500],
    ["trial", ["email_marketing"], 7, 7],
    ["trial", ["email_marketing"], 0, 0],
    ["trial", ["unheard_of"], null, 50],
    ["unheard_of", [], null, 0],
    ["trial", ["constructor", "__proto__", "toString"], null, 50],
    ["valueOf", [], null, 0],
  ])("plan %s, apps %j, override %s: %i", (plan, apps, daily_limit, limit) => {
    expect(dailyLimit(operator, { plan, apps, daily_limit })).toBe(limit);
  });
});
