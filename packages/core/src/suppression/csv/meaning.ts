import { mild } from "../../feedback/facts.ts";
import type { Column } from "./column.ts";

/** What a line of another provider's list says of an address. */
export interface Meaning {
  /** Which of our lists it belongs on: who has unsubscribed wants no mass mail, and has an address that is in order. */
  readonly list: "suppression" | "opt_out";
  readonly scope: "all" | "mass";
  /** The provider's reason, in words. */
  readonly reason?: string;
}

/** The cell of a column of the line at hand; empty where it has none. */
export type Cell = (column: Column) => string;

/** A word of a closed list, and no sentence of a mail server's, where "spam" and "unsubscribe" mean nothing. */
const word = /^[a-z][a-z _-]{0,39}$/i;
const unsubscribed = /unsub|opt[ _-]?(?:ed)?[ _-]?out/i;
const complained = /complain|spam|abuse/i;
const soft = /^(?:soft|transient|temporary|deferral)/i;
/** What a list of those who have unsubscribed says only of an address that is on it for something else. */
const harmed = /bounce|invalid|undeliverable|blocked|dropped|rejected|cleaned|^(?:hard|dead)/i;
const longest = 500;

/**
 * Reads what a line means: SparkPost's `non_transactional` and soft bounces hold for mass mail alone, Postmark's manual
 * suppression by the recipient is an unsubscription, and what nobody says anything of is left out of all mail.
 * @param scope of what the line says nothing of.
 */
export function read(cell: Cell, has: (column: Column) => boolean, scope: Meaning["scope"]): Meaning {
  const worded = (["words", "status"] as const).map(cell).filter((text) => word.test(text));
  const said = [cell("class"), cell("type"), ...worded].filter((each) => each !== "");
  const is = (pattern: RegExp) => said.some((each) => pattern.test(each));
  const reason = describe(cell, said);
  const byHand = is(/^manual[ _-]?suppression$/i) && /^recipient$/i.test(cell("origin"));
  const listOfThem =
    (has("unsubscribed") && !is(harmed)) || (has("tags") && !has("status") && !has("cleaned") && said.length === 0);
  if (!is(complained) && (is(unsubscribed) || byHand || listOfThem))
    return { list: "opt_out", scope: "mass", ...reason };
  const mass = is(/^non[ _-]?transactional$/i) || is(soft) || (!is(complained) && isMild(cell));
  return { list: "suppression", scope: mass ? "mass" : scope, ...reason };
}

/**
 * Whether a line has the code of a bounce that says nothing against the mailbox (R-FAIL-5): one for now, or of the mild
 * ones, whatever its provider calls it.
 */
function isMild(cell: Cell): boolean {
  const code = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/;
  const [status] = code.exec(cell("status")) ?? code.exec(cell("words")) ?? [];
  return status === undefined ? /^4\d\d$/.test(cell("status")) : status.startsWith("4.") || mild.has(status);
}

/** The provider's words, each once, without line breaks. */
function describe(cell: Cell, said: readonly string[]): { reason?: string } {
  const parts = [...new Set([...said, cell("status"), cell("words")])].filter((part) => part !== "");
  const text = parts
    .join(": ")
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, longest)
    .toWellFormed();
  return text === "" ? {} : { reason: text };
}

/** A day, perhaps with a time, perhaps with its zone; 03/04/2026 is two days. */
const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?)? ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?$/i;
const rfc5322 = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} .*(?:GMT|UTC|[+-]\d{4})$/;

/** A date as providers write it, as ISO 8601 UTC; undefined for what is none for certain, or is to come. `now` in ms. */
export function date(text: string, now: number): string | undefined {
  const at = timeOf(text);
  return at > 0 && at <= now ? new Date(at).toISOString() : undefined;
}

/** In ms; NaN for what is none for certain. What has no zone is UTC. */
function timeOf(text: string): number {
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,13}$/.test(text)) return Number(text);
  const [, day, time = "00:00", zone = "Z"] = iso.exec(text) ?? [];
  if (day !== undefined) return Date.parse(`${day}T${time}${/^[+-]/.test(zone) ? zone : "Z"}`);
  return rfc5322.test(text) ? Date.parse(text) : Number.NaN;
}
