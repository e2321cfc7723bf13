import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Takes a data directory for this process. SQLite holds an operating system's lock on the file, which is gone with
 * the process however it ends; a file with a process id would outlive a SIGKILL, and ids are given again.
 * @param wait_ms how long it may take a process that is just ending to let go; this one is blocked meanwhile.
 * @returns how to give it back. @throws Error when another process has it.
 */
export function lock(dir: string, wait_ms = 3_000): () => void {
  // Mails and keys are kept in it: nobody else's to read.
  const database = open(dir, wait_ms);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    const message = `Another process uses the data directory ${dir}: stop it, or choose another by POSTHOUSE_DATA_DIR.`;
    throw new Error(message, { cause: error });
  }
  return () => database.close();
}

function open(dir: string, timeout: number): DatabaseSync {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return new DatabaseSync(join(dir, "lock"), { timeout });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `The data directory ${dir} cannot be written (${why}): choose another by POSTHOUSE_DATA_DIR.`;
    throw new Error(message, { cause: error });
  }
}
