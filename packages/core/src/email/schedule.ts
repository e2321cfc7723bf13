import { AppError } from "../error.ts";
import type { SendRequest } from "./request.ts";

const dayMs = 86_400_000;
/** How far ahead a mail may be scheduled, in days. */
const farthest = 30;
/** What is no longer past so is now: the clocks of others differ, and a request takes its time. In ms. */
const tolerance = 60_000;

/** ISO 8601, also with a blank for the T as databases write it; without a zone it is UTC. */
const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * When a request is to be sent, in ms.
 * @param now ms, what relative times count from.
 * @returns undefined = at once: nothing was said, or a moment that has just passed.
 * @throws AppError as {@link read} does.
 */
export async function of(
  { scheduled_at }: Pick<SendRequest, "scheduled_at">,
  now: number,
): Promise<number | undefined> {
  const at = scheduled_at === undefined ? now : await read(scheduled_at, now);
  return at > now ? at : undefined;
}

/**
 * Reads a time as the Resend API takes it: ISO 8601, or English (`in 1 min`, `tomorrow at 9am`, `next monday 10:00`).
 * Times without a zone are UTC.
 * @param now ms, what relative times count from.
 * @returns ms since 1970.
 * @throws AppError invalid_parameter for what is no time, more than a minute past, or more than 30 days ahead; it says
 *   what was understood.
 */
export async function read(text: string, now: number): Promise<number> {
  const trimmed = text.trim();
  const at = iso.test(trimmed) ? exact(trimmed) : await natural(trimmed, now);
  if (at === undefined || Number.isNaN(at))
    throw refusal("is no time that can be read: give ISO 8601, as 2026-12-24T18:00:00Z, or as `tomorrow at 9am`");
  const understood = at >= 0 && at < 4e12 ? new Date(at).toISOString() : "a time out of reach";
  if (at < now - tolerance) throw refusal(`is understood as ${understood}, which is past: give a later time`);
  if (at > now + farthest * dayMs)
    throw refusal(`is understood as ${understood}, which is more than ${farthest} days ahead: give an earlier time`);
  return at;
}

const refusal = (what: string): AppError =>
  new AppError("invalid_parameter", `\`scheduled_at\` ${what}.`, { details: { field: "scheduled_at" } });

/** A date that does not exist, as 30 February, is none: the built-in reader would make another of it. */
function exact(text: string): number | undefined {
  const [, date = "", time = "00:00", zone = "Z"] = iso.exec(text) ?? [];
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return undefined;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2");
  return Date.parse(`${date}T${time.replace(/(\.\d{3})\d+$/, "$1")}${offset.toUpperCase()}`);
}

/** The whole text has to be one time: of what is only half understood, the other half may matter. */
async function natural(text: string, now: number): Promise<number | undefined> {
  // A tenth of the API's bundle, and few requests need it
  const { parse } = await import("chrono-node/en");
  const found = parse(text, { instant: new Date(now), timezone: 0 }, { forwardDate: true });
  const [only] = found;
  if (!only || found.length > 1 || only.end) return undefined;
  const rest = text.slice(0, only.index) + text.slice(only.index + only.text.length);
  return /^\s*(?:at|on)?\s*$/i.test(rest) ? only.start.date().getTime() : undefined;
}
