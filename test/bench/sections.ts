import { type Bundle, bundleFunction, functions } from "../artefact/build.ts";
import * as Budget from "./budget.ts";
import { bareClients, bundleFloor, startClients } from "./bundle.ts";
import { countAll } from "./cost.ts";
import * as Readiness from "./readiness.ts";
import { perSecond, round, type Section, times } from "./report.ts";
import * as Routing from "./routing.ts";
import { table, verdict } from "./table.ts";
import * as Throughput from "./throughput.ts";

/** Calls and capacity units of a mail, exactly, beside the budget. */
export const cost: Section = async () => {
  const costs = await countAll();
  const calls = Object.entries(costs).map(([step, { calls }]) => [
    step,
    Object.entries(calls)
      .map(([name, count]) => `${count} ${name}`)
      .join(", "),
  ]);
  const units = Budget.compare(costs).map(({ step, what, budget, spent }) => [
    step,
    what,
    spent,
    budget ?? "",
    verdict(spent, budget),
  ]);
  const text = [
    "## What a mail costs",
    "One recipient, body of 3 KB compressed, warm caches. Exact: calls are counted where they leave the SDK, capacity",
    "units by the embedded DynamoDB's meter.",
    "",
    table(["step", "calls"], calls),
    "",
    table(["step", "what", "spent", "budget", ""], units),
  ].join("\n");
  return { text };
};

/** Mails accepted a second beside the same calls made bare. */
export const throughput: Section = async ({ rounds, mails }) => {
  const { api, core, bare, apiRatio, coreRatio, oneDatabase } = await Throughput.measure(rounds, mails);
  const rows = [
    ["POST /v1/emails, in process", perSecond(api), times(apiRatio)],
    ["core alone", perSecond(core), times(coreRatio)],
    ["the same AWS calls, bare", perSecond(bare), times(1)],
    ["POST /v1/emails, all on one database", perSecond(oneDatabase), ""],
  ];
  const text = [
    "## Accepted a second",
    `${Throughput.lanes} callers at a time, each on a database of its own; median of ${rounds} alternating rounds of ${mails} mails. AWS is the`,
    "embedded one, in the same process: the ratio tells what Posthouse adds, the rate is this machine's.",
    "",
    table(["way", "mails/s", "time of a mail over bare"], rows),
  ].join("\n");
  return { text };
};

/** Sizes of the bundles. */
export const bundles: Section = async () => {
  const rows: (string | number)[][] = [];
  const kb = (bytes: number): number => round(bytes / 1_000, 1);
  const row = (name: string, { start, whole, maps }: Bundle, said = "") =>
    rows.push([name, kb(start), kb(whole), kb(maps), said]);
  for (const name of functions) {
    const bundle = await bundleFunction(name);
    row(name, bundle, name === "api" ? verdict(bundle.start, Budget.apiBytes) : "");
    if (name !== "api") continue;
    for (const clients of [bareClients, startClients(bundle)])
      row(`bare Hono + ${clients.join(", ")}`, await bundleFloor(clients));
  }
  const text = [
    "## Bundles",
    "As SST makes them (options: `test/artefact/build.ts`): minified, split, with their source maps. KB of 1,000 bytes.",
    `Budget: a cold start of the API loads at most ${Budget.apiBytes / 1_000} KB.`,
    "",
    table(["function", "at start", "with all chunks", "source maps", ""], rows),
  ].join("\n");
  return { text };
};

/** The cold start of each function. */
export const readiness: Section = async ({ starts }) => {
  const measured = await Readiness.measure(starts);
  const { api, bare, start, unmapped } = measured;
  const row = (name: string, { ready, mail }: Readiness.Readiness, said = "") => [
    name,
    round(ready, 0),
    mail === undefined ? "" : round(mail, 0),
    said,
  ];
  const floor = `${times(bare.over.ready)}, ${verdict(round(bare.over.ready, 2), Budget.readyRatio)}`;
  const rows = [
    row("api", api),
    row("bare Hono + the clients the API has", bare, floor),
    row("bare Hono + the clients it loads at its start", start, times(start.over.ready)),
    row("api, stacks not mapped to the source", unmapped, times(unmapped.over.ready)),
    ...functions.filter((name) => name !== "api").map((name) => row(name, measured[name])),
  ];
  const text = [
    "## Cold start",
    `Each in a fresh process with the environment of its function on Lambda; median of ${starts} alternating starts. Ready: from the`,
    "import of the bundle to its handler. First mail: to the answer to the first POST /v1/emails after it; bare, one item is",
    `read and the mail put into a queue. The last column is of ready. Budget: ${Budget.readyRatio} × a bare app with the same clients.`,
    "",
    table(["bundle", "ready, ms", "and first mail, ms", "API over it"], rows),
    "",
    `The API's first mail takes ${times(bare.over.mail)} what it takes bare.`,
  ].join("\n");
  return { text };
};

/** What a routing decision costs with few and with many servers. */
export const routing: Section = async () => {
  const [few, many] = [Routing.measure(10), Routing.measure(1_000)];
  const over = `${times(many / few)}, ${verdict(round(many / few, 2), Budget.routingRatio)}`;
  const rows = [
    [10, round(few, 0), ""],
    [1_000, round(many, 0), over],
  ];
  const text = [
    "## Routing",
    `A decision over a prepared configuration. Budget: ${Budget.routingRatio} ×.`,
    "",
    table(["servers", "ns", ""], rows),
  ].join("\n");
  return { text };
};
