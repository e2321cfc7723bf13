/**
 * `npm run simulate`: a day of a cell with 10,000 databases, once on the default plans and once at 100 million mails, with
 * its tables and its plots. Nothing is sent and nothing is started: it takes less than a minute, and 200 MB.
 *
 *   npm run simulate                                       both days
 *   npm run simulate -- --only default                     one of them
 *   npm run simulate -- --only hundred-million --rate 4000 with another rate of SES
 *   npm run simulate -- --only default --times 10 --rate 100  ten times the mail, limits and quota
 *   npm run simulate -- --svg <folder>                     the plots as files, too
 *   npm run simulate -- --write                            into docs/scale.md, docs/cost.md and docs/plots
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { svg } from "./chart.ts";
import { type Day, simulate } from "./day/run.ts";
import { months } from "./idle.ts";
import { millions } from "./million.ts";
import { type Options, parse } from "./options.ts";
import { read } from "./readers.ts";
import { curves, plot, report } from "./report.ts";
import { reset } from "./scenario.ts";

const docs = new URL("../../docs/", import.meta.url);
const print = (text: string): void => void process.stdout.write(`${text}\n\n`);

/** Runs what is asked for. */
async function run({ scenarios, svgTo, write }: Options): Promise<void> {
  const readers = await read();
  const texts: string[] = [];
  for (const scenario of scenarios) {
    const day = simulate(scenario, readers);
    texts.push(report(day));
    print(texts.at(-1) ?? "");
    print(plot(day));
    const folder = write ? fileURLToPath(new URL("plots/", docs)) : svgTo;
    if (folder !== undefined) await draw(folder, day);
  }
  print(`${months()}\n\n${millions(readers)}`);
  if (!write) return;
  await put("scale.md", "simulate", texts.join("\n\n"));
  await put("cost.md", "idle", months());
  await put("cost.md", "millions", millions(readers));
}

async function draw(folder: string, day: Day): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { name, title } = day.scenario;
  await writeFile(join(folder, `day-${name}.svg`), svg(title, curves(day), reset));
}

/** Puts a text between its markers. */
async function put(file: string, marker: string, text: string): Promise<void> {
  const place = new URL(file, docs);
  const [begin, end] = [`<!-- ${marker} -->`, `<!-- /${marker} -->`];
  const [before, rest] = (await readFile(place, "utf8")).split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/${file} lacks ${begin} … ${end}`);
  await writeFile(place, `${before}${begin}\n${text}\n${end}${after}`);
}

let options: Options | undefined;
try {
  options = parse(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
if (options) await run(options);
