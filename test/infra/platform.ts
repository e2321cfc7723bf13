import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { alone } from "./lock.ts";

const run = promisify(execFile);

/** Where SST keeps the sources of its components and Pulumi's providers, and what they cache. */
export const platform = (root: string): string => join(root, ".sst/platform");

/** The version that `sst install` asks Pulumi's own command for; nothing here ever runs that. */
const pulumi = "v3.215.0";

/**
 * Has SST lay out its platform once: about 40 s, most of them waiting for the network, and 320 MB, kept in `.sst` (not in
 * git). Whoever else wants it meanwhile, in this process or another, waits for the same.
 */
export const install = (root: string): Promise<void> =>
  alone(join(root, ".sst/infra-test.lock"), async () => {
    const done = join(root, ".sst/infra-test");
    const wanted = await versionOf(root);
    if (existsSync(done) && (await readFile(done, "utf8")) === wanted) return;
    await rm(done, { force: true });
    await layOut(root);
    await writeFile(done, wanted);
  });

/** SST wants Pulumi's command, of which it only asks the version here, so a script answers that; no cloud and no account are asked. */
async function layOut(root: string): Promise<void> {
  const home = join(root, ".sst/home");
  const bin = join(home, "sst/bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "pulumi"), `#!/bin/sh\n[ "$1" = version ] && echo ${pulumi}\nexit 0\n`);
  await chmod(join(bin, "pulumi"), 0o755);
  const env = {
    ...process.env,
    XDG_CONFIG_HOME: home,
    SST_NO_BUN: "1",
    SST_TELEMETRY_DISABLED: "1",
    NO_COLOR: "1",
    // Nobody reads what npm would ask the registry for besides
    npm_config_audit: "false",
    npm_config_fund: "false",
  };
  const command = join(root, "node_modules/.bin/sst");
  await run(command, ["install", "--stage", "test"], { cwd: root, env, timeout: 300_000 }).catch((cause: unknown) => {
    throw new Error("SST could not lay out its platform, for which it fetches packages: is there a network?", {
      cause,
    });
  });
}

/** A new SST, or another provider in the configuration, is laid out anew. */
async function versionOf(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "node_modules/sst/package.json"), "utf8")) as {
    version: string;
  };
  const config = await readFile(join(root, "sst.config.ts"), "utf8");
  return `${version} ${/providers: \{[^}]*\}/.exec(config)?.[0] ?? ""}`;
}
