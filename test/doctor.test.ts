import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment } from "@posthouse/local/environment";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { playing, startPatient } from "./support/doctor.ts";
import { createClient } from "./support/http.ts";
import { type Posthouse, startPosthouse } from "./support/process.ts";

/** `npm run doctor` against the program as `npm start` starts it, and against a stage of which that program is the API. */

let posthouse: Posthouse;
let stage: Server;
/** What the stage says in place of the API; undefined = what the API says. */
let instead: { status: number; body: string } | undefined;
/** Where the script runs: a stage's settings lie there. */
let dir: string;
const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const tls = (name: string): Promise<string> => readFile(path(`test/fixtures/tls/${name}`), "utf8");

beforeAll(async () => {
  posthouse = await startPosthouse({ env: { POSTHOUSE_DNS_SERVERS: "127.0.0.1:9" } });
  const { call } = createClient(posthouse.url, { key: posthouse.operatorKey });
  for (const name of ["one", "two"]) await call("POST", "/v1/databases", { name });
  stage = createServer(
    { key: await tls("localhost.key"), cert: await tls("localhost.pem") },
    ({ url = "", headers: { authorization = "" } }, response) => {
      const answered = instead ? Promise.resolve(instead) : asked(url, authorization);
      void answered.then(({ status, body }) => response.writeHead(status).end(body));
    },
  );
  stage.listen(0, "127.0.0.1");
  await once(stage, "listening");
  dir = await mkdtemp(join(tmpdir(), "posthouse-"));
  await writeFile(join(dir, ".env.tried"), `POSTHOUSE_API_DOMAIN=localhost:${(stage.address() as AddressInfo).port}\n`);
});
afterAll(async () => {
  stage.close();
  await posthouse.stop();
  await rm(dir, { recursive: true, force: true });
});

async function asked(url: string, authorization: string) {
  const answer = await fetch(`${posthouse.url}${url}`, { headers: { authorization } });
  return { status: answer.status, body: await answer.text() };
}

async function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const given = { POSTHOUSE_OPERATOR_KEY: posthouse.operatorKey, ...env };
  const child = spawn(process.execPath, [path("scripts/doctor.ts"), ...args], {
    cwd: dir,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: path("test/fixtures/tls/ca.pem"), ...given },
  });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (said.err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}

/** Hops of an answer that are not well. */
const unwell = (out: string): string[] =>
  (JSON.parse(out) as { hops: { hop: string; ok: boolean | null }[] }).hops
    .filter(({ ok }) => ok !== true)
    .map(({ hop }) => hop);

describe("npm run doctor", () => {
  it("shows each hop of the embedded mode: all are well but what its domain's DNS lacks", async () => {
    const { code, out } = await doctor(["--url", posthouse.url, "--json"]);
    expect(unwell(out)).toEqual(["region", "mx"]);
    expect(code).toBe(1);
    const { probe } = JSON.parse(out) as { probe: string };
    const again = await doctor(["--url", `${posthouse.url}/`, "--probe", probe]);
    expect(again).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^✓ event_path .*\n✓ dispatch .*\n\nAll is well\.\n$/),
    });
  });

  it("asks a stage where its settings say its API is, by TLS", async () => {
    const { code, out } = await doctor(["--stage", "tried"]);
    expect(out).toMatch(/^✓ credentials .*\n✗ region .*\n {21}→ [^]*\n\nWhat is marked ✗ is to be mended\.\n$/);
    expect(code).toBe(1);
  });

  it("asks AWS itself where the API is not to be asked", async () => {
    const patient = await startPatient();
    try {
      const { services, ports } = patient.env;
      const { root_domain, reset_utc, waits } = ports.operator;
      const settings = { root_domain, reset_utc, waits, operatorKey: "k", platform_smtp_url: null };
      const public_url = posthouse.url;
      const given = { ...settings, public_url, private_smtp_hosts: true, dns_servers: [patient.dns.address] };
      const env = environment(services, given);
      const { code, out } = await playing(patient.env, doctor(["--here", "--json"], env));
      // A wildcard is no name of the test's DNS
      expect(unwell(out)).toEqual(["mx"]);
      expect(code).toBe(1);
    } finally {
      await patient.close();
    }
  });

  it("fills in the request to leave the sandbox", async () => {
    const { code, out } = await doctor(["--url", posthouse.url, "--production-access"]);
    expect(code).toBe(0);
    expect(out).toContain("2 databases with daily limits of 100 recipients");
    expect(out).toContain("aws sesv2 put-account-details \\\n  --region us-east-1");
    expect(out).not.toContain(posthouse.operatorKey);
  });
});

describe("npm run doctor, where nobody can be asked", () => {
  it("says what is missing, and ends with 2", async () => {
    const cases: [string[], Record<string, string>, RegExp][] = [
      [[], {}, /Say whom to ask[^]*--stage production/],
      [["--colour"], {}, /Unknown option '--colour'/],
      [["--url", "localhost:3000"], {}, /give a URL as/],
      [["--url", posthouse.url], { POSTHOUSE_OPERATOR_KEY: "" }, /POSTHOUSE_OPERATOR_KEY is not set/],
      [["--url", posthouse.url], { POSTHOUSE_OPERATOR_KEY: "ph_x" }, /answers 40[13]: .*API key/],
      [["--url", "http://127.0.0.1:2"], {}, /127\.0\.0\.1:2 does not answer \(ECONNREFUSED\)/],
      [["--stage", "nowhere"], { POSTHOUSE_ROOT_DOMAIN: "", POSTHOUSE_API_DOMAIN: "" }, /\.env\.nowhere/],
      [["--stage", "nowhere"], { POSTHOUSE_ROOT_DOMAIN: "x.invalid" }, /api\.x\.invalid does not answer/],
      [["--stage", "tried"], { NODE_EXTRA_CA_CERTS: "" }, /does not answer \(\w*(?:CERT|SIGNATURE)\w*\)/],
      [["--stage", "tried", "--probe", "prb_0"], {}, /answers 404: There is no such probe/],
      [["--here"], {}, /SST links[^]*npx sst shell --stage production/],
    ];
    const all = await Promise.all(cases.map(([args, env]) => doctor(args, env)));
    for (const [n, [, , says]] of cases.entries())
      expect(all[n]).toMatchObject({ code: 2, out: "", err: expect.stringMatching(says) });
  });

  it.each([
    [503, '{"message":"Service Unavailable"}', /^localhost:\d+ answers 503: Service Unavailable\n$/],
    [502, "<html>Bad Gateway</html>", /answers 502: not as Posthouse does/],
    [200, "<html>Somebody else</html>", /answers 200: not as Posthouse does/],
  ])("says so of an API that answers %d: %s", async (status, body, says) => {
    instead = { status, body };
    expect(await doctor(["--stage", "tried"])).toMatchObject({ code: 2, out: "", err: expect.stringMatching(says) });
    instead = undefined;
  });

  it("--help tells how it is called, and ends with 0", async () => {
    expect(await doctor(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("--here"), err: "" });
  });
});
