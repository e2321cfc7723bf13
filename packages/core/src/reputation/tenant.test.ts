import type { TestPorts } from "@posthouse/local/testing";
import { expect, it } from "vitest";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { tenant } from "./tenant.ts";

let env: TestPorts;
let id: string;
let name: string;
beginFresh("tenant", (fresh) => {
  ({ env, name } = fresh);
  ({ id } = fresh.db);
});

/** What is said where SES fails so. */
const failing = (error: Error) => {
  const reputation = () => Promise.reject(error);
  return tenant({ ...env.ports, provider: { ...env.ports.provider, reputation } }, name);
};

it("says how SES sees the tenant of a database", async () => {
  expect(await tenant(env.ports, name)).toMatchObject({ tenant: id, sending_status: "ENABLED", problem: null });
});

it.each([
  [
    "AccessDeniedException",
    /^SES did not say it: not allowed: ses:ListRecommendations\. Deploy again: .*permission\.ts/,
  ],
  ["TooManyRequestsException", /^SES did not say it: too many requests .*\. Ask again in a minute\.$/],
  ["TimeoutError", /^SES did not say it: no answer \(TimeoutError\)\. Ask again; /],
])("says of %s what to do, and not who asked", async (error, problem) => {
  const message = "User: arn:aws:sts::1:role/mary is not authorized to perform: ses:ListRecommendations";
  const found = await failing(Object.assign(new Error(message), { name: error }));
  expect(found).toEqual({ tenant: id, problem: expect.stringMatching(problem) });
  expect(found.problem).not.toContain("mary");
});
