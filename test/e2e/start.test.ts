import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** `npm start` as a stranger would run it: what is checked here, the README promises. */
let dir: string;
let child: ChildProcess;
let output: string;

async function start(): Promise<string> {
  output = "";
  const env = {
    ...process.env,
    PORT: "0",
    POSTHOUSE_SMTP_PORT: "0",
    POSTHOUSE_DATA_DIR: dir,
    POSTHOUSE_OPERATOR_KEY: "ph_op_test",
  };
  child = spawn("npm", ["start"], { env, stdio: ["ignore", "pipe", "inherit"] });
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const ready = /^Posthouse is ready on (http:\/\/localhost:\d+)$/m;
  await vi.waitFor(() => expect(output).toMatch(ready), { timeout: 50_000, interval: 50 });
  return ready.exec(output)?.[1] ?? "";
}

async function stop(): Promise<unknown[]> {
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  return exit;
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "posthouse-"));
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  await rm(dir, { recursive: true, force: true });
});

const post = async (url: string, body: object, database?: string): Promise<unknown> => {
  const headers = {
    authorization: "Bearer ph_op_test",
    "content-type": "application/json",
    ...(database !== undefined && { "posthouse-database": database }),
  };
  return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
};
const mailbox = async (url: string): Promise<{ subject: string; from: string }[]> =>
  ((await (await fetch(`${url}/_local/mailbox`)).json()) as { data: { subject: string; from: string }[] }).data;

describe("npm start", () => {
  it("is ready, sends a first mail, stops cleanly, and goes on where it was", async () => {
    let url = await start();
    await post(`${url}/v1/databases`, { name: "acme" });
    const mail = { from: "mary@example.com", to: "you@example.org", subject: "Hello", text: "First light" };
    expect(await post(`${url}/v1/emails`, mail, "acme")).toMatchObject({ id: expect.stringMatching(/^em_/) });
    await vi.waitFor(async () => expect(await mailbox(url)).toHaveLength(1), { timeout: 20_000, interval: 100 });
    const [sent] = await mailbox(url);
    expect(sent).toMatchObject({ from: '"mary" <notifications@acme.posthouse.test>', subject: "Hello" });
    expect(await stop()).toEqual([0, null]);

    url = await start();
    expect(await mailbox(url)).toEqual([sent]);
    expect(await stop()).toEqual([0, null]);
  }, 120_000);
});
