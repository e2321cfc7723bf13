import { readFile } from "node:fs/promises";
import type { Ports } from "@posthouse/core/ports/main";
import { createApp } from "../../packages/api/src/app.ts";
import { operatorKey } from "./scenario.ts";

type Operation = { readonly security?: readonly object[] };
type Paths = Record<string, { readonly get?: Operation }>;
const description = JSON.parse(await readFile(new URL("../../packages/api/openapi.json", import.meta.url), "utf8")) as {
  paths: Paths;
};

/** Made anew at each request, or a hop by hop look at the whole installation. */
const others = new Set(["/v1/doctor"]);

/** What a GET reads: a path of the reference, and whether with the operator's key. */
interface Read {
  readonly path: string;
  readonly operator: boolean;
}

const reads: readonly Read[] = Object.entries(description.paths).flatMap(([path, { get }]) => {
  const [who] = get?.security ?? [];
  return get && who && !others.has(path) ? [{ path, operator: "operator" in who }] : [];
});

/** Values that no list tells. */
const named: Readonly<Record<string, readonly string[]>> = {
  model: ["helpdesk.ticket"],
  record_id: ["7"],
  n: [],
};

/** Every GET of the API of whatever there is: what lists name is read by its name. @returns answers by path. */
export async function everything(ports: Ports, key: string): Promise<Map<string, string>> {
  const app = createApp({ ...ports, operatorKey });
  const answers = new Map<string, string>();
  const get: Get = async (path, operator) => {
    const known = answers.get(path);
    if (known !== undefined) return known;
    const query = path === "/v1/inbox" ? "?user=anna@company.com" : "";
    const headers = { authorization: `Bearer ${operator ? operatorKey : key}` };
    const response = await app.request(`${path}${query}`, { headers });
    if (response.status >= 400) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    const answer = await response.text();
    answers.set(path, answer);
    return answer;
  };
  for (const read of reads) for (const path of await paths(read, get)) await get(path, read.operator);
  return answers;
}

type Get = (path: string, operator: boolean) => Promise<string>;

/** A path with all values of its parameters: those that the list before each tells. */
async function paths({ path: pattern, operator }: Read, get: Get): Promise<readonly string[]> {
  let found = [""];
  for (const part of pattern.slice(1).split("/")) {
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    const next = found.map(async (path) => {
      if (name === undefined) return [`${path}/${part}`];
      const values = named[name] ?? listed(await get(path, operator), name);
      return values.map((value) => `${path}/${encodeURIComponent(value)}`);
    });
    found = (await Promise.all(next)).flat();
  }
  return found;
}

function listed(text: string, name: string): string[] {
  const { data } = JSON.parse(text) as { data: Record<string, unknown>[] };
  return data.map((one) => String(name === "name" || name === "address" ? one[name] : one["id"]));
}
