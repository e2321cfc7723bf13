import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

/** A process of its own: what it has ever held says what a function needs. */
const script = `
import { read } from ${JSON.stringify(join(import.meta.dirname, "mail.ts"))};
const line = process.argv[1] + "\\n";
const MB = 1024 * 1024;
const raw = Buffer.concat([Buffer.alloc(10 * MB - 200, line), Buffer.from("\\n\\n"), Buffer.alloc(30 * MB, "x\\r\\n")]);
const before = process.resourceUsage().maxRSS;
read(raw);
process.stdout.write(String(Math.round((process.resourceUsage().maxRSS - before) / 1024)));
`;

it.each(["X-A: b", "to:", "x-posthouse-loop: a"])(
  "R-IN a mail of 40 MB with a header of 10 MB of %j takes no more than 100 MB beside itself",
  (line) => {
    const node = execFileSync(process.execPath, ["--input-type=module", "--eval", script, line], { encoding: "utf8" });
    expect(Number(node)).toBeLessThan(100);
    expect(Number(node)).toBeGreaterThanOrEqual(0);
  },
  60_000,
);
