import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { alone } from "./lock.ts";

async function place(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "posthouse-lock-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return join(dir, "below", "lock");
}

it("one after the other works under a lock, also after one that fails, and nothing of it is left", async () => {
  const file = await place();
  const steps: string[] = [];
  const work = (name: string, fails = false) =>
    alone(file, async () => {
      steps.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      steps.push(`${name} ends`);
      if (fails) throw new Error(name);
    });
  const ends = await Promise.allSettled([work("one", true), work("two")]);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  const [first] = steps[0]?.split(" ") ?? [];
  const second = first === "one" ? "two" : "one";
  expect(steps).toEqual([`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
  expect(await readdir(join(file, ".."))).toEqual([]);
});

it("the lock of a process that is gone is taken over", async () => {
  const file = await place();
  await alone(file, async () => undefined);
  const { pid } = spawnSync(process.execPath, ["--version"]);
  await writeFile(file, String(pid));
  expect(await alone(file, async () => "done")).toBe("done");
});
