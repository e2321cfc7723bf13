import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * How the files of a data directory are laid out. Raised only where the release before could not read what this one writes;
 * shapes of items are no part of it: those go forward by migrations (docs/upgrade.md).
 */
const version = 1;

/**
 * Checks that this release can read a data directory, and notes there what it is. One without a note is older than these.
 * @throws Error for one of a later release, which is left as it is.
 */
export function checkVersion(dir: string): void {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "version.json");
  const found = read(file);
  if (found > version)
    throw new Error(
      `The data directory ${dir} is of a later release (its version is ${found}, this release knows ${version}): start that release, or choose another directory by POSTHOUSE_DATA_DIR.`,
    );
  if (found === version) return;
  writeFileSync(`${file}.new`, JSON.stringify({ version }));
  renameSync(`${file}.new`, file);
}

/** 0 = there is no note. */
function read(file: string): number {
  try {
    const { version: found } = JSON.parse(readFileSync(file, "utf8")) as { version?: unknown };
    if (Number.isInteger(found) && Number(found) > 0) return Number(found);
    throw new SyntaxError("it names no version");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw new Error(
      `${file} cannot be read: restore it from a copy of the directory, or choose another by POSTHOUSE_DATA_DIR.`,
      {
        cause: error,
      },
    );
  }
}
