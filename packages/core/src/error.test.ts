import { describe, expect, it } from "vitest";
import { AppError, statusCodes } from "./error.ts";

describe("AppError", () => {
  it("carries its name, status, details and cause", () => {
    const cause = new Error("inner");
    const error = new AppError("daily_quota_exceeded", "The limit is reached.", { cause, details: { used: 50 } });
    expect(error).toMatchObject({ name: "daily_quota_exceeded", statusCode: 429, details: { used: 50 }, cause });
    expect(String(error)).toBe("daily_quota_exceeded: The limit is reached.");
  });

  it("has neither details nor cause when none are given", () => {
    const error = new AppError("not_found", "No such email.");
    expect([error.details, "cause" in error]).toEqual([undefined, false]);
  });

  it("knows every name of the API once, with a status for each", () => {
    expect(Object.keys(statusCodes)).toHaveLength(30);
    expect(statusCodes).toMatchObject({ from_not_allowed: 403, invalid_header: 422, limit_unavailable: 503 });
  });
});
