import type { Series } from "./day/series.ts";
import { step } from "./day/series.ts";

/** A line over a day. */
export interface Curve {
  readonly title: string;
  readonly points: readonly number[];
  /** A level it is compared with, where there is one. */
  readonly mark?: { readonly name: string; readonly value: number };
}

/** What is plotted of a day. @param asked recipients a second that SES is asked for at most; null = without a rate */
export const curves = ({ rate, transactional, mass, webhook, heat, cost }: Series, asked: number | null): Curve[] => [
  {
    title: "SES, recipients a second",
    points: [...rate],
    ...(asked !== null && { mark: { name: "asked for at most", value: asked } }),
  },
  { title: "Transactional mail in the queue", points: [...transactional] },
  { title: "Mass mail in the queue", points: [...mass] },
  { title: "Webhook events in the queue", points: [...webhook] },
  {
    title: "The hottest partition, or the whole table: % of what it may have in a second",
    points: [...heat].map((part) => part * 100),
    mark: { name: "all of it", value: 100 },
  },
  { title: "Cost, $ an hour", points: hourly([...cost]) },
];

/** What a sum grows by in an hour, from point to point. */
const hourly = (sums: readonly number[]): number[] => sums.map((sum, n) => ((sum - (sums[n - 1] ?? 0)) * 3_600) / step);

const blocks = " ▁▂▃▄▅▆▇█";
const rows = 5;

/** The hour (UTC) of a point, for a day that begins at `first`. */
const hourOf = (point: number, first: number): number => (first + (point * step) / 3_600) % 24;

/** Plots a curve for the terminal: two points a column, the largest at the top. */
export function ascii({ title, points, mark }: Curve, first: number): string {
  const columns = Array.from({ length: Math.ceil(points.length / 2) }, (_, n) =>
    Math.max(points[2 * n] ?? 0, points[2 * n + 1] ?? 0),
  );
  const largest = Math.max(...columns, mark?.value ?? 0, 1);
  const lines = Array.from({ length: rows }, (_, n) => {
    const below = rows - 1 - n;
    const cells = columns.map((value) => {
      const filled = Math.ceil((value / largest) * rows * 8) - below * 8;
      return blocks[Math.min(8, Math.max(0, filled))] ?? " ";
    });
    return `${(n === 0 ? short(largest) : "").padStart(8)} │${cells.join("")}`;
  });
  const hours = columns.map((_, n) => (n % 9 === 0 ? String(Math.floor(hourOf(2 * n, first))).padEnd(9) : "")).join("");
  const level = mark ? `, ${mark.name} ${short(mark.value)}` : "";
  return [`${title}${level}`, ...lines, `${"0".padStart(8)} └${hours.trimEnd()} h UTC`].join("\n");
}

const [width, height, gap, left] = [760, 90, 34, 74];

/** The curves one below the other as SVG; it reads on light and dark. */
export function svg(title: string, curves: readonly Curve[], first: number): string {
  const tall = 24 + curves.length * (height + gap) + 18;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" role="img" aria-label="${title}">`,
    "<style>text{font:13px system-ui,sans-serif;fill:#222}.title{font-weight:600}.axis,.mark{stroke:#888;fill:none}",
    ".mark{stroke-dasharray:5 4}.curve{fill:#0072b2;fill-opacity:.35;stroke:#0072b2}",
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.curve{fill:#56b4e9;stroke:#56b4e9}}</style>",
    `<text class="title" x="0" y="14">${title}</text>`,
    ...curves.flatMap((curve, n) => panel(curve, 24 + gap + n * (height + gap))),
    ...[0, 4, 8, 12, 16, 20].map((hours) => {
      const x = left + (hours / 24) * (width - left);
      return `<text x="${x.toFixed(0)}" y="${tall - 4}">${(first + hours) % 24} h</text>`;
    }),
    "</svg>\n",
  ].join("\n");
}

function panel({ title, points, mark }: Curve, top: number): string[] {
  const largest = Math.max(...points, mark?.value ?? 0, 1);
  const x = (n: number): string => (left + (n / (points.length - 1)) * (width - left)).toFixed(1);
  const y = (value: number): string => (top + height - (value / largest) * height).toFixed(1);
  const path = points.map((value, n) => `${x(n)},${y(value)}`).join(" ");
  const level = mark && y(mark.value);
  return [
    `<text x="${left}" y="${top - 8}">${title}${mark ? ` (dashed: ${mark.name}, ${short(mark.value)})` : ""}</text>`,
    `<text x="${left - 8}" y="${top + 10}" text-anchor="end">${short(largest)}</text>`,
    `<polygon class="curve" points="${left},${top + height} ${path} ${width},${top + height}"/>`,
    `<path class="axis" d="M${left},${top}V${top + height}H${width}"/>`,
    ...(level === undefined ? [] : [`<path class="mark" d="M${left},${level}H${width}"/>`]),
  ];
}

const short = (value: number): string =>
  value < 10 ? String(Number(value.toPrecision(2))) : Math.round(value).toLocaleString("en-US");
