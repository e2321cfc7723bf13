import { asOf, onEssentials, prices } from "../bench/prices.ts";
import { table } from "../bench/table.ts";
import { bill, total } from "./bill.ts";
import * as Chart from "./chart.ts";
import { shareOf } from "./constants.ts";
import { allowed, spots } from "./day/heat.ts";
import { functions } from "./day/load.ts";
import type { Day } from "./day/run.ts";
import { step } from "./day/series.ts";
import { limits } from "./limits.ts";
import { reset } from "./scenario.ts";
import { provisioning } from "./units.ts";

const count = (value: number): string => Math.round(value).toLocaleString("en-US");
function percent(part: number, whole: number): string {
  const value = (100 * part) / whole;
  return `${value < 10 ? Number(value.toPrecision(2)) : Math.round(value)} %`;
}

/** What a day came to, as Markdown that reads as plain text. */
export const report = (day: Day): string =>
  [
    `### ${day.scenario.title}`,
    inputs(day),
    mail(day),
    delays(day),
    depths(day),
    hot(day),
    busy(day),
    cost(day),
    `![${day.scenario.title}](plots/day-${day.scenario.name}.svg)`,
  ].join("\n\n");

function inputs({ scenario }: Day): string {
  const { databases, plans, transactional, campaigns, ses, seed, holds, webhooks } = scenario;
  const each = Object.entries(plans).map(
    ([name, { share, limit }]) => `${percent(share, 1)} ${name} (${count(limit)} a day)`,
  );
  const allowed = ses ? `${count(ses.rate)} recipients a second and ${count(ses.quota)} in 24 hours` : "no rate";
  return [
    `${count(databases)} databases: ${each.join(", ")}.`,
    `They ask for ${count(transactional)} transactional mails and, ${percent(campaigns.share, 1)} of them, for campaigns of ${count(campaigns.mails)} mails together;`,
    `${percent(holds, 1)} hold what is over their limit, ${percent(webhooks.share, 1)} have a webhook.`,
    `SES allows ${allowed}. Seed ${seed}.`,
  ].join("\n");
}

function mail({ counts, waiting, scenario, fastest }: Day): string {
  const { ses } = scenario;
  const part = (n: number): string => percent(n, counts.asked);
  const rows: [string, string, string][] = [
    ["asked for", count(counts.asked), `in ${count(counts.requests)} requests`],
    ["refused by a limit", count(counts.refused), part(counts.refused)],
    ["answered 503: a counter was crowded", count(counts.unavailable), part(counts.unavailable)],
    ["accepted", count(counts.accepted), part(counts.accepted)],
    ["of these held until tomorrow", count(counts.held), part(counts.held)],
    ["released from yesterday", count(counts.released), ""],
    ["handed over to SES", count(counts.sent), `${count(counts.sent / 86_400)} a second on average`],
    ["in the busiest second", count(fastest), ses ? `SES is asked for ${count(shareOf(ses.rate).all)} at most` : ""],
    ["of SES's quota of a day", ses ? percent(counts.sent, ses.quota) : "", ""],
    ["refused by SES for now, tried again", count(counts.put_off), ""],
    ["read and sent back for want of a slot", count(counts.sent_away), "times"],
    [
      "databases, of SES's tenants",
      percent(scenario.databases, limits.tenants),
      `${count((scenario.databases * provisioning) / limits.management / 3_600)} hours to provision all`,
    ],
    ["still waiting at the end", count(waiting.transactional + waiting.mass + waiting.later), ""],
  ];
  return table(["mail", "", " "], rows);
}

function delays({ delays }: Day): string {
  const rows = (["transactional", "released", "mass"] as const).map((kind) => [
    kind === "released" ? "released, from its release" : kind,
    ...[0.5, 0.99, 1].map((part) => delays[kind].quantile(part)),
  ]);
  return table(["waited for SES, in whole seconds", "p50", "p99", "longest"], rows);
}

/** The deepest of each queue, and the ten minutes it was so. */
function depths({ series }: Day): string {
  const queues = [
    ["dispatch: transactional mail", series.transactional],
    ["mass: mass mail", series.mass],
    ["feedback: events of SES", series.feedback],
    ["webhook: events for webhooks", series.webhook],
  ] as const;
  const rows = queues.map(([name, points]) => {
    const most = Math.max(...points);
    return [name, count(most), most === 0 ? "" : clock(points.indexOf(most) * step)];
  });
  return table(["queue", "waiting at the end of a second, at most", "at, UTC"], rows);
}

function hot({ heat }: Day): string {
  const rows = spots.map(({ name, of, what }) => {
    const { units, at } = heat[name];
    return [name, of, what, count(units), count(allowed[name]), percent(units, allowed[name]), clock(at)];
  });
  return table(["partition, or all of them", "one of", "units", "busiest second", "allowed", "", "at, UTC"], rows);
}

function busy({ loads, readers }: Day): string {
  const rows = functions.map((name) => {
    const most = name === "api" ? null : readers[name].most;
    return [
      name,
      count(loads[name].invocations),
      loads[name].most,
      most ?? `${count(limits.concurrency)}, all together`,
    ];
  });
  return table(["function", "invocations", "at a time", "allowed"], rows);
}

/** Days of a month, all alike. */
const monthOf = 30;

function cost(day: Day): string {
  const lines = bill(day);
  const [all, sent] = [total(lines), day.counts.sent];
  const row = (name: string, value: number) => [name, value.toFixed(2), ((value / sent) * 1e6).toFixed(2)];
  // Its price falls with the mails of a month
  const essentials = onEssentials(sent * monthOf) / monthOf;
  const rows = [
    ...[...lines].map(([name, value]) => row(name, value)),
    row("together", all),
    row("together, SES on its plan Essentials", all - sent * prices.ses + essentials),
  ];
  return table([`$ (${asOf})`, "the day", "a million sent"], rows);
}

/** The day's curves. */
export const curves = ({ series, scenario }: Day): Chart.Curve[] =>
  Chart.curves(series, scenario.ses && shareOf(scenario.ses.rate).all);

/** The curves for the terminal. */
export const plot = (day: Day): string =>
  curves(day)
    .map((curve) => Chart.ascii(curve, reset))
    .join("\n\n");

const clock = (second: number): string => {
  const minutes = (reset * 60 + Math.floor(second / 60)) % 1_440;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
};
