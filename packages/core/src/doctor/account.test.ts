import { expect, it } from "vitest";
import { account } from "./account.ts";
import type { Look } from "./look.ts";

const healthy = { enabled: true, sandbox: false, enforcement: "HEALTHY", limit: 50_000, used: 7, rate: 14, date: 0 };
const found = async (plan: string | null) =>
  (await account({ account: () => Promise.resolve({ ...healthy, plan }) } as unknown as Look)).found;

it("says which of SES's pricing plans the account is on, where SES says so", async () => {
  expect(await found("ESSENTIALS")).toBe(
    "production; 7 of 50000 recipients in 24 hours, 14 a second; pricing plan ESSENTIALS",
  );
  expect(await found(null)).toBe("production; 7 of 50000 recipients in 24 hours, 14 a second");
});
