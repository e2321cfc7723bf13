import { CsvError, parse } from "csv-parse/sync";
import * as Address from "../../address/address.ts";
import { AppError } from "../../error.ts";
import * as Column from "./column.ts";
import * as Meaning from "./meaning.ts";

/** Lines of a list at most. */
export const most = 100_000;

/** Lines that are looked at to see which column has the addresses. */
const sampled = 100;

/** A line that names an address. */
export interface Row extends Meaning.Meaning {
  /** Its number in the file, from 1. */
  readonly line: number;
  /** Normalised. */
  readonly address: string;
  /** When it got on the provider's list, ISO 8601 UTC; absent = that is not said. */
  readonly created_at?: string;
}

/** A line that names none. */
export interface Problem {
  readonly line: number;
  readonly reason: string;
}

/** What a list says. */
export interface Sheet {
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
}

/** What is to be known to read one. */
export interface Options {
  /** ms */
  readonly now: number;
  /** Of what the list says nothing of. */
  readonly scope: "all" | "mass";
  /** Lines before this one are passed over. */
  readonly from_line: number;
}

interface Line {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads another provider's list: CSV with commas, semicolons, tabs or bars, quoted or not, with or without a header, in
 * UTF-8 or UTF-16 with or without a byte order mark.
 * @throws AppError invalid_parameter for what is no CSV, has no column of addresses, or more than 100,000 lines.
 */
export function read(bytes: Uint8Array, { now, scope, from_line }: Options): Sheet {
  const lines = split(decode(bytes));
  if (lines.length > most + 1)
    throw refusal(`The list has more than ${most} lines: split it, and send the parts one after the other.`);
  const [first] = lines;
  if (!first) return { rows: [], problems: [] };
  const place = first.cells.findIndex(Address.isAddress);
  const sample = lines.slice(1, 1 + sampled);
  const addresses = (n: number) => sample.filter(({ cells }) => Address.isAddress(cells[n] ?? "")).length;
  const columns = place < 0 ? Column.read(first.cells, addresses) : Column.guess(first.cells, place);
  const at = columns.get("address");
  if (at === undefined)
    throw refusal(
      "No column has the addresses: name it `email` in the first line, or send a list that begins with an address.",
    );
  const rows: Row[] = [];
  const problems: Problem[] = [];
  for (const { line, cells } of place < 0 ? lines.slice(1) : lines) {
    if (line < from_line) continue;
    const cell: Meaning.Cell = (column) => cells[columns.get(column) ?? -1] ?? "";
    const found = Address.read(cells[at] ?? "");
    if ("reason" in found) {
      problems.push({ line, reason: `the address ${found.reason}` });
      continue;
    }
    const created_at = Meaning.date(cell("date"), now);
    const meaning = Meaning.read(cell, (column) => columns.has(column), scope);
    rows.push({ line, address: Address.normalize(found.address), ...meaning, ...(created_at && { created_at }) });
  }
  return { rows, problems };
}

/**
 * Excel saves "Unicode text" in UTF-16, and some tools leave the byte order mark out: then the zeros beside ASCII tell.
 * What is no UTF-8 is a name in another code page: addresses are ASCII.
 */
function decode(bytes: Uint8Array): string {
  const [first = 0x20, second = 0x20] = bytes;
  const little = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  const big = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  return new TextDecoder(little ? "utf-16le" : big ? "utf-16be" : "utf-8").decode(bytes);
}

function split(text: string): Line[] {
  try {
    const records = parse(text, {
      delimiter: delimiterOf(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
      to: most + 2,
      max_record_size: 100_000,
      on_record: (cells: string[], { lines }) => [String(lines), ...cells],
    });
    return records.map(([line, ...cells]) => ({ line: Number(line), cells }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error["lines"] === "number" ? ` at line ${error["lines"]}` : "";
    throw refusal(`This is no CSV${line}: a quote is not closed, or a line is longer than 100,000 characters.`);
  }
}

/** That which the first line with anything in it has most of. */
function delimiterOf(text: string): string {
  const first = (/^.*\S.*/m.exec(text)?.[0] ?? "").slice(0, 10_000).replace(/"[^"]*"/g, "");
  const count = (mark: string) => first.split(mark).length;
  return [",", ";", "\t", "|"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

const refusal = (message: string): AppError => new AppError("invalid_parameter", message);
