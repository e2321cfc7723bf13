import { afterEach, expect, it } from "vitest";
import { type Fetching, letter, startFetching } from "../../../../test/support/fetching.ts";
import { login } from "../../../../test/support/imap.ts";
import type { Ports } from "../ports/main.ts";
import * as Probe from "./probe.ts";

let on: Fetching;
afterEach(() => on.close());

const steps = ({ steps: all }: Probe.Probe) => all.map(({ step, ok, class: problem }) => [step, ok ? "ok" : problem]);
const well = ["connect", "tls", "auth", "select"].map((step) => [step, "ok"]);
const way = () => ({ host: "localhost", port: on.mailbox.port, username: login.username });

it("R-IN-8 a stored server is tested with its own login, also while it is inactive; nothing changes", async () => {
  on = await startFetching();
  on.mailbox.put(letter("one"));
  const { id } = await on.add({ active: false });
  const probe = await Probe.stored(on.env.ports, await on.db.version(), id);
  expect([probe.ok, steps(probe)]).toEqual([true, well]);
  expect(probe.note).toContain("Nothing was fetched");
  expect([on.mailbox.mails()[0]?.flags, await on.subjects()]).toEqual([[], []]);
  await expect(Probe.stored(on.env.ports, await on.db.version(), "inc_x")).rejects.toMatchObject({ name: "not_found" });
});

it("R-IN-8 an unsaved one by the rules it would be stored by; how often is limited", async () => {
  on = await startFetching();
  const version = await on.db.version();
  const test = (password?: string) => Probe.unsaved(on.env.ports, version, { ...way(), password });
  await expect(test()).rejects.toMatchObject({ name: "missing_required_field", details: { field: "password" } });
  expect(steps(await test(login.password))).toEqual(well);
  const wrong = await test("not-the-word");
  expect([wrong.ok, steps(wrong).at(-1)]).toEqual([false, ["auth", "authentication"]]);
  expect(JSON.stringify(wrong)).not.toContain("not-the-word");
  for (let n = 0; n < 8; n++) await test(login.password);
  await expect(test(login.password)).rejects.toMatchObject({ name: "rate_limit_exceeded" });
});

it("R-IN-8 by OAuth: a token that is refused is got anew for a stored server; what the endpoint says is said", async () => {
  on = await startFetching();
  const tokens = ["outdated-token", login.token];
  const answer = { status: 200, body: "" };
  const http: Ports["http"] = {
    refusal: async () => null,
    request: async () => ({ ...answer, body: answer.body || JSON.stringify({ access_token: tokens.shift() }) }),
  };
  const ports = { ...on.env.ports, http };
  const oauth = {
    client_id: "c",
    client_secret: "cs",
    refresh_token: "refresh-it",
    token_url: "https://token.example/",
  };
  const input = { ...way(), authentication: "oauth2", ...oauth } as const;
  const { id } = await on.add({ ...input, password: undefined });
  expect(steps(await Probe.stored(ports, await on.db.version(), id))).toEqual(well);
  Object.assign(answer, { status: 400, body: '{"error":"invalid_grant","error_description":"refresh-it is over"}' });
  const refused = await Probe.unsaved(ports, await on.db.version(), input);
  expect(refused.steps).toMatchObject([
    { step: "auth", class: "authentication", reply: "token endpoint: 400 invalid_grant *** is over" },
  ]);
});
