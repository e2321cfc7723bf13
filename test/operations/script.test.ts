import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { accept } from "@posthouse/core/email/accept";
import { get } from "@posthouse/core/email/read";
import { environment } from "@posthouse/local/environment";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase } from "../support/database.ts";

/** `scripts/restore.ts` as docs/restore.md has it called. */

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const root = fileURLToPath(new URL("../../", import.meta.url));

async function script(args: readonly string[]) {
  const { root_domain, public_url, reset_utc, waits } = env.ports.operator;
  const settings = { operatorKey: "ph_op_test", root_domain, public_url, reset_utc, waits, platform_smtp_url: null };
  const own = environment(env.services, { ...settings, private_smtp_hosts: true });
  const child = spawn(process.execPath, ["scripts/restore.ts", ...args], {
    cwd: root,
    env: { ...process.env, ...own },
  });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (said.err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}

describe("scripts/restore.ts", () => {
  it("ends what waits, and says how much it was", async () => {
    const db = await makeDatabase(env.ports);
    const { id } = await accept(env.ports, await db.version(), mail());
    const at = new Date(env.ports.clock.now() - 1).toISOString();
    const { code, out } = await script(["--point", at, "--stopped", at, "--limits", "keep"]);
    expect({ code, found: JSON.parse(out) }).toEqual({ code: 0, found: { ended: 1, noted: 0, untold: 0, closed: 0 } });
    expect((await get(env.ports, db.id, id)).status).toBe("failed");
  });

  it("does nothing before it knows all it has to", async () => {
    const point = ["--point", "2026-11-23T10:00:00Z"];
    const cases: [string[], RegExp][] = [
      [[], /--point is ""/],
      [["--point", "yesterday"], /give a moment/],
      [["--point", "2999-01-01T00:00:00Z"], /that has passed/],
      [point, /--stopped is ""/],
      [["--point", "2026-01-02T00:00:00Z", "--stopped", "2026-01-01T00:00:00Z", "--limits", "keep"], /before --point/],
      [["--point", "2026-01-01T00:00:00Z", "--stopped", "2026-01-01T00:00:00Z"], /--limits close or/],
    ];
    for (const [args, says] of cases)
      expect(await script(args)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(says) });
  });
});
