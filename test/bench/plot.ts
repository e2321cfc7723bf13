/** A bar of one or more segments, one behind the other. */
export interface Bar {
  readonly label: string;
  readonly segments: readonly { readonly name: string; readonly value: number }[];
  /** What is written at its end. */
  readonly note?: string;
  /** A mark across the bar: a budget, or the floor. */
  readonly mark?: number;
}

/** A plot of bars on one scale. */
export interface Plot {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

const width = 760;
const left = 230;
const right = 130;
const row = 26;
const top = 44;
/** Told apart with any eyes, on light and on dark (Okabe and Ito). */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8a8a", "#b8a900", "#7a5195"];

/** The plot as SVG: one scale from 0, a legend where segments have names, and no more. It reads on light and dark. */
export function svg({ title, unit, bars }: Plot): string {
  const largest = Math.max(...bars.map((bar) => Math.max(sum(bar), bar.mark ?? 0)));
  const x = (value: number): number => (value / largest) * (width - left - right);
  const names = [...new Set(bars.flatMap(({ segments }) => segments.map(({ name }) => name)))];
  const colour = (name: string): string => colours[names.indexOf(name) % colours.length] ?? "";
  const legend = names.length > 1 ? names : [];
  const bottom = top + bars.length * row;
  const height = bottom + Math.ceil(legend.length / 4) * 20 + 12;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">`,
    "<style>text{font:13px system-ui,sans-serif;fill:#222}.title{font-weight:600}.mark{stroke:#222}",
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.mark{stroke:#ddd}}</style>",
    `<text class="title" x="0" y="16">${escape(`${title} (${unit})`)}</text>`,
    ...bars.flatMap((bar, n) => draw(bar, top + n * row, x, colour)),
    ...legend.map((name, n) => key(name, colour(name), (n % 4) * 185, bottom + 14 + Math.floor(n / 4) * 20)),
    "</svg>\n",
  ].join("\n");
}

function draw(bar: Bar, y: number, x: (value: number) => number, colour: (name: string) => string): string[] {
  let at = left;
  const rects = bar.segments.map(({ name, value }) => {
    const rect = `<rect x="${at.toFixed(1)}" y="${y}" width="${x(value).toFixed(1)}" height="17" fill="${colour(name)}"><title>${escape(`${name} ${short(value)}`)}</title></rect>`;
    at += x(value);
    return rect;
  });
  const mark = bar.mark === undefined ? undefined : left + x(bar.mark);
  return [
    `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${escape(bar.label)}</text>`,
    ...rects,
    ...(mark === undefined ? [] : [`<line class="mark" x1="${mark}" x2="${mark}" y1="${y - 3}" y2="${y + 20}"/>`]),
    `<text x="${(Math.max(at, mark ?? 0) + 6).toFixed(1)}" y="${y + 13}">${escape(bar.note ?? short(sum(bar)))}</text>`,
  ];
}

const key = (name: string, fill: string, x: number, y: number): string =>
  `<rect x="${x}" y="${y - 10}" width="11" height="11" fill="${fill}"/><text x="${x + 16}" y="${y}">${escape(name)}</text>`;

const sum = ({ segments }: Bar): number => segments.reduce((total, { value }) => total + value, 0);
const short = (value: number): string => (value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3))));
const escape = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
