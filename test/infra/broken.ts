import { cp, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Break } from "./breaks.ts";
import { repository } from "./subject.ts";

/**
 * A copy of the infrastructure with all of these things broken; all else is the repository's. Whoever asks for it removes it.
 * @throws Error where the source has no such text any more.
 */
export async function broken(breaks: readonly Break[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "posthouse-broken-"));
  for (const name of await readdir(repository))
    if (name === "infra" || name === "sst.config.ts")
      await cp(join(repository, name), join(root, name), { recursive: true });
    else await symlink(join(repository, name), join(root, name));
  for (const { name, file, from, to } of breaks) {
    const source = await readFile(join(root, file), "utf8");
    if (!source.includes(from)) throw new Error(`${file} has nothing to break any more where ${name}.`);
    await writeFile(
      join(root, file),
      source.replace(from, () => to),
    );
  }
  return root;
}
