import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";

/** How much chaos. */
export interface Options {
  /** Drives every choice; the same one makes the same mail, kills and faults, as far as the machine keeps time. */
  readonly seed: number;
  /** Requests that send. */
  readonly mails: number;
  /** SIGKILLs. */
  readonly kills: number;
  /** Share of calls and deliveries that something happens to, 0 to 1. */
  readonly faults: number;
}

/** What `npm run chaos` does unless told otherwise. */
export const full: Omit<Options, "seed"> = { mails: 10_000, kills: 50, faults: 0.05 };

/** Reads `--seed N --mails N --kills N --faults N`. @throws Error that says what is wrong */
export function parse(args: readonly string[]): Options {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args: [...args], options: { seed: text, mails: text, kills: text, faults: text } });
  const number = (name: keyof typeof values, otherwise: number, most: number, whole = true): number => {
    const value = Number(values[name] ?? otherwise);
    if (!(value >= 0 && value <= most) || (whole && !Number.isInteger(value)))
      throw new Error(`--${name} is "${values[name]}": give a ${whole ? "whole " : ""}number from 0 to ${most}.`);
    return value;
  };
  return {
    seed: number("seed", randomInt(2 ** 31), 2 ** 31),
    mails: number("mails", full.mails, 1_000_000),
    kills: number("kills", full.kills, 10_000),
    faults: number("faults", full.faults, 0.5, false),
  };
}

/** The command that repeats a run. */
export const command = ({ seed, mails, kills, faults }: Options): string =>
  `npm run chaos -- --seed ${seed} --mails ${mails} --kills ${kills} --faults ${faults}`;
