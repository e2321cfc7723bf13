import type { Plot } from "./plot.ts";

/** How much is measured. */
export interface Extent {
  readonly rounds: number;
  /** Mails of a round. */
  readonly mails: number;
  /** Starts of a bundle. */
  readonly starts: number;
  /** Mails one at a time. */
  readonly singles: number;
  /** Rounds and mails of a round from the request to the wire. */
  readonly wire: { readonly rounds: number; readonly mails: number };
  /** Mails of a round over SMTP, handed over and no more. */
  readonly smtp: number;
  /** Mass mails of the noisy neighbour, and mails of the quiet one: one a second. */
  readonly mass: number;
  readonly quiet: number;
  /** Mails in the table at each look at its growth. */
  readonly stored: readonly number[];
}

export const full: Extent = {
  rounds: 5,
  mails: 240,
  starts: 25,
  singles: 20,
  wire: { rounds: 3, mails: 100 },
  smtp: 600,
  mass: 20_000,
  quiet: 45,
  stored: [100, 10_000, 1_000_000],
};

/** Enough to see that all of it runs. */
export const quick: Extent = {
  rounds: 1,
  mails: 48,
  starts: 2,
  singles: 2,
  wire: { rounds: 1, mails: 32 },
  smtp: 60,
  mass: 300,
  quiet: 5,
  stored: [100, 1_000],
};

/** A part of the report: Markdown that reads as plain text, and the plots that belong to it by the name of their file. */
export interface Part {
  readonly text: string;
  readonly plots?: Readonly<Record<string, Plot>>;
}

/** Measures, and tells. */
export type Section = (extent: Extent) => Promise<Part>;

/** Where a plot stands in docs/performance.md. */
export const picture = (name: string, title: string): string => `![${title}](plots/${name}.svg)`;

export const perSecond = (value: number): number => Math.round(value);
export const round = (value: number, digits: number): number => Number(value.toFixed(digits));
export const times = (value: number): string => `${value.toFixed(2)} ×`;
