import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Does work while nobody else does under the same file, in this process or another on this machine. */
export async function alone<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  while (!(await take(file))) await new Promise((resolve) => setTimeout(resolve, 200));
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** Whether the file is ours now; one whose maker is gone is cleared for the next try. */
async function take(file: string): Promise<boolean> {
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, String(process.pid));
  try {
    // With its content from the first moment, unlike a file that is made and then written
    await link(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const maker = await readFile(file, "utf8").catch(() => "");
    if (maker !== "" && !lives(Number(maker))) await rm(file, { force: true });
    return false;
  } finally {
    await rm(own, { force: true });
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
