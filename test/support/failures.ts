import { readFileSync } from "node:fs";

/** A row of a table of `docs/failures.md`. */
export interface Row {
  readonly name: string;
  /** Words that the server's reply holds. */
  readonly says: string;
  readonly state: string;
  /** Null where nothing has failed yet. */
  readonly failure_type: string | null;
  /** The last column. */
  readonly last: string;
}

/** The rows of the table under a heading. */
export function rowsUnder(heading: string): Row[] {
  const page = readFileSync(new URL("../../docs/failures.md", import.meta.url), "utf8");
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => {
    const [name = "", says = "", state = "", type = "", last = ""] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { name, says: says.replaceAll("`", ""), state, failure_type: type || null, last };
  });
}
