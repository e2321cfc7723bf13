/**
 * `npm run bench`: what a mail costs, exactly, and how fast it goes, beside the same work made bare in the same run.
 *
 *   npm run bench                      prints the report
 *   npm run bench -- --only smtp,wire  some sections of it
 *   npm run bench -- --quick           the same with little of each, to see that it runs
 *   npm run bench -- --write           puts it into docs/performance.md, and its plots into docs/plots
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, loadavg, platform } from "node:os";
import { parseArgs } from "node:util";
import { svg } from "./plot.ts";
import { full, type Part, quick, type Section } from "./report.ts";
import { growth } from "./section/growth.ts";
import { money } from "./section/money.ts";
import { neighbour } from "./section/neighbour.ts";
import { smtp } from "./section/smtp.ts";
import { told } from "./section/told.ts";
import { waiting } from "./section/waiting.ts";
import { wire } from "./section/wire.ts";
import { bundles, cost, readiness, routing, throughput } from "./sections.ts";

const sections: Readonly<Record<string, Section>> = {
  cost,
  waiting,
  money,
  bundles,
  readiness,
  routing,
  throughput,
  wire,
  smtp,
  told,
  neighbour,
  growth,
};

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
if (values.write && (values.quick || values.only !== undefined))
  throw new Error("Only a whole run is written down: leave out --quick and --only, or --write.");
const names = values.only?.split(",") ?? Object.keys(sections);
const unknown = names.find((name) => !sections[name]);
if (unknown !== undefined)
  throw new Error(`There is no section ${unknown}: name some of ${Object.keys(sections).join(", ")}.`);

const parts: Part[] = [{ text: machine() }];
console.log(parts[0]?.text);
for (const name of names) {
  const part = await sections[name]?.(values.quick ? quick : full);
  if (!part) continue;
  console.log(`\n${part.text}`);
  parts.push(part);
}
if (values.write) await write();

function machine(): string {
  const [cpu] = cpus();
  const busy = loadavg()[0]?.toFixed(1);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, Node ${process.version}, ${platform()} ${arch()}, ${availableParallelism()} × ${cpu?.model ?? "?"}, load ${busy} at the start.`;
}

/** Replaces what is between the markers, and the plots. */
async function write(): Promise<void> {
  const docs = new URL("../../docs/", import.meta.url);
  const file = new URL("performance.md", docs);
  const [begin, end] = ["<!-- bench -->", "<!-- /bench -->"];
  const old = await readFile(file, "utf8");
  const [before, rest] = old.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/performance.md lacks ${begin} … ${end}`);
  const text = parts.map((part) => part.text).join("\n\n");
  await writeFile(file, `${before}${begin}\n${text}\n${end}${after}`);
  await mkdir(new URL("plots/", docs), { recursive: true });
  for (const [name, plot] of parts.flatMap(({ plots = {} }) => Object.entries(plots)))
    await writeFile(new URL(`plots/${name}.svg`, docs), svg(plot));
}
