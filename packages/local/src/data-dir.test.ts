import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openClock } from "./clock.ts";
import { checkVersion } from "./data-version.ts";
import { lock } from "./lock.ts";
import { openOperatorKey } from "./operator-key.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "posthouse-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe("the clock", () => {
  it("goes with real time, moves on, and stays moved over a restart", () => {
    const clock = openClock(dir);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(5_000);
    clock.advance(86_400_000);
    clock.advance(1_000);
    for (const one of [clock, openClock(dir)])
      expect(Math.abs(one.now() - Date.now() - 86_401_000)).toBeLessThan(5_000);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("is not moved by %d", (ms) => {
    expect(() => openClock(dir).advance(ms)).toThrow(RangeError);
  });

  it("says what to do with a file it can not read", async () => {
    await writeFile(join(dir, "clock.json"), "{");
    expect(() => openClock(dir)).toThrow(/clock\.json can not be read: delete it/);
  });
});

describe("the operator key", () => {
  it("is made once, long, and for its owner's eyes only", async () => {
    const key = openOperatorKey(dir);
    expect(key).toMatch(/^ph_op_[0-9a-f]{48}$/);
    expect(openOperatorKey(dir)).toBe(key);
    expect((await stat(join(dir, "operator-key"))).mode & 0o777).toBe(0o600);
    await writeFile(join(dir, "operator-key"), "");
    expect(() => openOperatorKey(dir)).toThrow(/is empty/);
  });
});

describe("the version of a data directory", () => {
  const file = () => join(dir, "version.json");

  it("is noted at the first start, also where an earlier release has kept data, and taken at the next", async () => {
    openOperatorKey(dir);
    for (let n = 0; n < 2; n++) checkVersion(dir);
    expect(JSON.parse(await readFile(file(), "utf8"))).toEqual({ version: 1 });
  });

  it("of a later release is refused with what to do, and left as it is", async () => {
    await writeFile(file(), '{"version":2,"more":true}');
    expect(() => checkVersion(dir)).toThrow(/of a later release.*its version is 2.*knows 1.*POSTHOUSE_DATA_DIR/);
    expect(await readFile(file(), "utf8")).toBe('{"version":2,"more":true}');
  });

  it.each(["{", "{}", '{"version":"1"}', '{"version":0}', "null"])(
    "that cannot be read is refused: %s",
    async (text) => {
      await writeFile(file(), text);
      expect(() => checkVersion(dir)).toThrow(/version\.json cannot be read/);
    },
  );
});

describe("the data directory's lock", () => {
  const other = (script: string) =>
    spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8", timeout: 20_000 });
  const module = JSON.stringify(new URL("lock.ts", import.meta.url).href);

  it("keeps another process out, and lets it in when given back", () => {
    const release = lock(dir);
    const script = `const { lock } = await import(${module}); lock(${JSON.stringify(dir)}, 100); console.log("in")`;
    const refused = other(script);
    expect(refused.stdout).toBe("");
    expect(refused.stderr).toMatch(/Another process uses the data directory .*POSTHOUSE_DATA_DIR/);
    release();
    expect(other(script).stdout).toBe("in\n");
  });

  it("is gone with a process that was killed", () => {
    const script = `const { lock } = await import(${module}); lock(${JSON.stringify(dir)}); process.kill(process.pid, "SIGKILL")`;
    expect(other(script).signal).toBe("SIGKILL");
    lock(dir)();
  });
});
