import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

const root = join(import.meta.dirname, "../..");

/** The curl commands of the block of code behind a marker, `<!-- <document>:<marker> -->`, each in one line. */
export function commands(document: string, marker: string): string[] {
  const text = readFileSync(join(root, document), "utf8");
  const block = text.split(`:${marker} -->`)[1]?.split("```")[1] ?? "";
  return block
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.startsWith("curl "));
}

/**
 * Runs one as a shell and curl would: the words of the shell, then the request. It has to be answered 2xx.
 * @param values what stands in its place: `{ $API: "http://…" }`
 * @returns the answer's JSON; {} where it has none
 */
export async function run(command: string, values: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const given = Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, value), command);
  const { url, ...request } = parse(given);
  const response = await fetch(url, request);
  expect([command, response.status < 300]).toEqual([command, true]);
  const text = await response.text();
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

interface Request {
  readonly url: string;
  readonly method: string;
  readonly headers: [string, string][];
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

function parse(command: string): Request {
  const [, ...words] = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
  const headers: [string, string][] = [];
  let url = "";
  let body: Request["body"];
  let method: string | undefined;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "-s") continue;
    if (word === "-H") headers.push(split(words.shift() ?? ""));
    else if (word === "-X") method = words.shift();
    else if (word === "-d") body = words.shift();
    else if (word === "--data-binary") body = new Uint8Array(readFileSync(join(root, (words.shift() ?? "").slice(1))));
    else url = word;
  }
  return { url, headers, method: method ?? (body === undefined ? "GET" : "POST"), ...(body !== undefined && { body }) };
}

const split = (header: string): [string, string] => {
  const colon = header.indexOf(":");
  return [header.slice(0, colon), header.slice(colon + 1).trim()];
};
