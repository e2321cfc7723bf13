/**
 * `npm run bench`: what a mail costs, exactly, and how fast it goes, beside the same work made bare in the same run.
 *
 *   npm run bench              prints the report
 *   npm run bench -- --quick   the same with fewer rounds, to see that it runs
 *   npm run bench -- --write   puts it into docs/performance.md too
 */
import { readFile, writeFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, loadavg, platform } from "node:os";
import { parseArgs } from "node:util";
import * as Sections from "./sections.ts";

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, write: { type: "boolean", default: false } },
});
if (values.quick && values.write)
  throw new Error("A quick run is too short to be written down: leave out one of both.");

const extent: Sections.Extent = values.quick
  ? { rounds: 2, mails: 64, starts: 3, singles: 3 }
  : { rounds: 5, mails: 240, starts: 25, singles: 20 };

const parts = [machine()];
console.log(parts[0]);
const { cost, bundles, readiness, routing, throughput, wire } = Sections;
for (const section of [cost, bundles, readiness, routing, throughput, wire]) {
  const text = await section(extent);
  console.log(`\n${text}`);
  parts.push(text);
}
if (values.write) await write(parts.join("\n\n"));

function machine(): string {
  const [cpu] = cpus();
  const busy = loadavg()[0]?.toFixed(1);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, Node ${process.version}, ${platform()} ${arch()}, ${availableParallelism()} × ${cpu?.model ?? "?"}, load ${busy} at the start.`;
}

/** Replaces what is between the markers. */
async function write(text: string): Promise<void> {
  const file = new URL("../../docs/performance.md", import.meta.url);
  const [begin, end] = ["<!-- bench -->", "<!-- /bench -->"];
  const old = await readFile(file, "utf8");
  const [before, rest] = old.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/performance.md lacks ${begin} … ${end}`);
  await writeFile(file, `${before}${begin}\n${text}\n${end}${after}`);
}
