/** A table with aligned columns, which is Markdown too: numbers stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = head.map((title, n) => Math.max(title.length, ...cells.map((row) => row[n]?.length ?? 0)));
  const right = head.map((_, n) => rows.length > 0 && rows.every((row) => typeof row[n] === "number"));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, n) => (right[n] ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, n) => `${"-".repeat(width + 1)}${right[n] ? ":" : "-"}`).join("|")}|`;
  return [line(head), rule, ...cells.map(line)].join("\n");
}

/** "met", or by how much it is over; empty where there is no budget. */
export function verdict(spent: number, budget: number | null): string {
  if (budget === null) return "no budget";
  return spent <= budget ? "met" : `over by ${Number((spent - budget).toPrecision(3))}`;
}
