import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The operator's key: made at the first start and kept in `<dir>/operator-key`, readable by its owner only. */
export function openOperatorKey(dir: string): string {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "operator-key");
  try {
    writeFileSync(file, `ph_op_${randomBytes(24).toString("hex")}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const key = readFileSync(file, "utf8").trim();
  if (key === "") throw new Error(`${file} is empty: delete it to have a new operator key made.`);
  return key;
}
