import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Key } from "./key.ts";

/** The file that holds every key of this endpoint. Losing it loses what was encrypted; only its owner may read it. */
export interface KeyFile {
  read(): Key[];
  /** Replaces the file in one step and waits until it is on disk. */
  write(keys: Key[]): void;
}

/** The key file `kms.json` in `dir`. */
export function open(dir: string): KeyFile {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, "kms.json");
  // A key file copied from elsewhere may have come with the modes of the copy.
  if (existsSync(path)) chmodSync(path, 0o600);
  return {
    read: () => (existsSync(path) ? load(path) : []),
    write: (keys) => {
      const draft = `${path}.new`;
      save(draft, JSON.stringify(keys));
      renameSync(draft, path);
      sync(dir);
    },
  };
}

function load(path: string): Key[] {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Key[];
  } catch {
    // Neither a new key in its place, which would lose what is encrypted, nor the parser's message, which quotes it.
    throw new Error(`The key file ${path} is damaged: restore it from a backup, or move it away to start anew.`);
  }
}

function save(path: string, text: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function sync(dir: string): void {
  const directory = openSync(dir, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
