import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createClient } from "../support/http.ts";
import { type Posthouse, startPosthouse } from "../support/process.ts";

/** `scripts/move.ts` between two programs as `npm start` starts them. */

let former: Posthouse;
let next: Posthouse;
beforeAll(async () => {
  [former, next] = await Promise.all([startPosthouse(), startPosthouse()]);
});
afterAll(async () => void (await Promise.all([former.stop(), next.stop()])));

const root = fileURLToPath(new URL("../../", import.meta.url));
const of = ({ url, operatorKey: key }: Posthouse) => createClient(url, { key, database: "acme" });

async function move(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const keys = { POSTHOUSE_FROM_KEY: former.operatorKey, POSTHOUSE_TO_KEY: next.operatorKey };
  const child = spawn(process.execPath, ["scripts/move.ts", ...args], {
    cwd: root,
    env: { ...process.env, ...keys, ...env },
  });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (said.err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}

describe("scripts/move.ts", () => {
  it("takes configuration, suppressions, opt-outs and users along, and may be called again", async () => {
    const database = { name: "acme", daily_limit: 77 };
    await createClient(former.url, { key: former.operatorKey }).call("POST", "/v1/databases", database);
    const here = of(former).call;
    await here("POST", "/v1/aliases", { name: "jobs", model: "hr.applicant" });
    await here("POST", "/v1/companies", { name: "Second" });
    await here("PATCH", "/v1/settings", { on_limit: "hold" });
    await here("POST", "/v1/servers", {
      name: "own",
      host: "smtp.example.net",
      port: 587,
      username: "u",
      password: "p",
    });
    await here("POST", "/v1/suppressions", { email: "dead@example.net", reason: "gone" });
    await here("POST", "/v1/suppressions", { email: "soft@example.net", scope: "mass" });
    for (let n = 0; n < 3; n++) await here("POST", "/v1/opt-outs", { email: `no${n}@example.net` });
    await here("PUT", "/v1/users/mary@example.net", { name: "Mary", notify: "inbox" });
    const args = ["--from", former.url, "--to", next.url, "--database", "acme"];
    for (const given of [args, [...args, "--again"]]) {
      const { code, out, err } = await move(given);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(JSON.parse(out)).toMatchObject({
        suppressions: 2,
        opt_outs: 3,
        users: 1,
        secrets_missing: [{ server: "own" }],
      });
      expect(out).toMatch(/threads, their messages and followers/);
      expect(out + err).not.toMatch(/example\.net|ph_op/);
    }
    const there = of(next).call;
    for (const path of ["/v1/users", "/v1/opt-outs", "/v1/suppressions"]) {
      const of = async (call: typeof here) =>
        ((await call("GET", path)).body["data"] as Record<string, unknown>[]).map(
          ({ email, address, name, notify, scope, reason }) => ({ email, address, name, notify, scope, reason }),
        );
      expect([path, await of(there)]).toEqual([path, await of(here)]);
    }
    const [before, after] = await Promise.all(
      [here, there].map(async (call) => (await call("GET", "/v1/export")).body),
    );
    expect(after).toEqual(before);
    const made = await createClient(next.url, { key: next.operatorKey }).call("GET", "/v1/databases/acme");
    expect(made.body).toMatchObject({ delivery: "capture", daily_limit: 77 });
  });

  it("once it is live there, undoes nothing that was changed there, and takes those along who are not to be mailed", async () => {
    const [here, there] = [of(former).call, of(next).call];
    const operator = createClient(next.url, { key: next.operatorKey });
    const live = () => operator.call("PATCH", "/v1/databases/acme", { delivery: "live" });
    expect((await live()).status).toBe(409);
    const [server] = (await there("GET", "/v1/servers")).body["data"] as { id: string }[];
    await there("PATCH", `/v1/servers/${server?.id}`, { password: "p" });
    expect((await live()).status).toBe(200);
    await there("POST", "/v1/aliases", { name: "since", model: "crm.lead" });
    await there("PUT", "/v1/users/mary@example.net", { notify: "email" });
    await here("POST", "/v1/opt-outs", { email: "late@example.net" });
    const kept = (await there("GET", "/v1/export")).body;
    const { code, out } = await move(["--from", former.url, "--to", next.url, "--database", "acme", "--again"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ left_alone: "the database is live there", suppressions: 2, opt_outs: 4 });
    expect((await there("GET", "/v1/export")).body).toEqual(kept);
    expect((await there("GET", "/v1/users/mary@example.net")).body).toMatchObject({ notify: "email" });
    expect((await there("GET", "/v1/opt-outs")).body["data"]).toHaveLength(4);
  });

  it.each(["capture", "live"])(
    "leaves a database of the same name alone that it did not make, delivery %s",
    async (delivery) => {
      const name = `clash-${delivery}`;
      const [here, there] = [former, next].map(
        ({ url, operatorKey: key }) => createClient(url, { key, database: name }).call,
      );
      await here?.("POST", "/v1/databases", { name });
      await there?.("POST", "/v1/databases", { name, delivery });
      await here?.("POST", "/v1/suppressions", { email: "shared@example.org" });
      await there?.("POST", "/v1/aliases", { name: "jobs", model: "hr.applicant" });
      const all = async () =>
        Promise.all(["/v1/export", "/v1/suppressions"].map(async (path) => (await there?.("GET", path))?.body));
      const before = await all();
      const { code, out, err } = await move(["--from", former.url, "--to", next.url, "--database", name]);
      expect({ code, out, err }).toEqual({ code: 2, out: "", err: expect.stringMatching(/already. Say --again if/) });
      expect(await all()).toEqual(before);
    },
  );

  it("names the side that does not answer, or answers otherwise than the API", async () => {
    const gate = createServer((_request, response) => response.writeHead(502).end("<html>")).listen(0, "127.0.0.1");
    onTestFinished(() => void gate.close());
    await once(gate, "listening");
    const url = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;
    const cases: [string, string, RegExp][] = [
      ["http://127.0.0.1:1", next.url, /--from: 127.0.0.1:1 does not answer \(\w+\)/],
      [former.url, url, /--to: 127.0.0.1:\d+ answers 502 to GET \/v1\/databases: not in JSON/],
    ];
    for (const [from, to, says] of cases)
      expect(await move(["--from", from, "--to", to, "--database", "acme"])).toMatchObject({
        ...{ code: 2, out: "", err: expect.stringMatching(says) },
      });
  });

  it("says what is missing, and ends with 2", async () => {
    const args = ["--from", former.url, "--to", next.url];
    const cases: [string[], Record<string, string>, RegExp][] = [
      [[], {}, /Say which database/],
      [["--database", "x"], {}, /--from is ""/],
      [[...args, "--database", "acme"], { POSTHOUSE_TO_KEY: "" }, /POSTHOUSE_TO_KEY is not set/],
      [[...args, "--database", "nobody"], {}, /answers 404 to GET/],
    ];
    for (const [given, env, says] of cases)
      expect(await move(given, env)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(says) });
  });
});
