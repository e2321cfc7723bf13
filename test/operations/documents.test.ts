import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { titlesIn } from "../support/title.ts";

/** What the documents name is there: files, headings, scripts, routes, tests, and what `infra/` calls its things. */

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const documents = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].map((path) => ({ path, text: read(path) }));
const textOf = (path: string) => documents.find((one) => one.path === path)?.text ?? "";

/** All that a pattern finds in the documents, as `<document>: <first group>`, where `isThere` says no. */
const missing = (pattern: RegExp, isThere: (found: string, from: string) => boolean, among = documents) =>
  among.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)]
      .map(([, found = ""]) => found)
      .filter((found) => !isThere(found, path))
      .map((found) => `${path}: ${found}`),
  );

/** The anchors of a document, as GitHub makes them of its headings. */
const anchors = (path: string): string[] =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

describe("the documents", () => {
  it("link to what is there", () => {
    const isThere = (link: string, from: string) => {
      const [file = "", anchor] = link.split("#");
      const path = file === "" ? from : join(dirname(from), file);
      return existsSync(join(root, path)) && (anchor === undefined || anchors(path).includes(anchor));
    };
    expect(missing(/\]\((?!https?:)([^)\s]+)\)/g, isThere)).toEqual([]);
  });

  it("name scripts of package.json, and files of scripts/", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    expect(missing(/\bnpm run ([a-z:]+)/g, (name) => name in scripts)).toEqual([]);
    expect(missing(/\b(scripts\/[\w-]+\.ts)/g, (path) => existsSync(join(root, path)))).toEqual([]);
  });

  it("name routes that the API has", () => {
    const { paths } = JSON.parse(read("packages/api/openapi.json")) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), parts: path.split("/") })),
    );
    const isRoute = (found: string) => {
      const [method = "", path = ""] = found.split(" ");
      const parts = path.replace(/[?#].*$/, "").split("/");
      return routes.some(
        (route) =>
          route.method === method &&
          route.parts.length === parts.length &&
          route.parts.every((part, n) => part.startsWith("{") || part === parts[n]),
      );
    };
    const called = /\b((?:GET|POST|PUT|PATCH|DELETE) \/v1\/[\w./{}?=&…-]+[\w}…])/g;
    expect(missing(called, isRoute)).toEqual([]);
  });

  it("say so where commands of AWS or SST were not tried", () => {
    const has = /^(?!.*not tried)/is;
    const calls = documents.filter(({ text }) =>
      /^\s*(?:aws [a-z0-9]+ [a-z]|npx sst (?:deploy|shell|secret))/m.test(text),
    );
    expect(calls.map(({ path }) => path)).toEqual(expect.arrayContaining(["docs/restore.md", "docs/run-books.md"]));
    expect(calls.filter(({ text }) => has.test(text.replaceAll("\n", " "))).map(({ path }) => path)).toEqual([]);
  });

  it("of operations are all in its index", () => {
    const index = textOf("docs/operations.md");
    const names = [
      "deploy",
      "upgrade",
      "doctor",
      "restore",
      "keys",
      "move",
      "run-books",
      "security",
      "privacy",
      "cost",
      "scale",
    ];
    expect(names.filter((name) => !index.includes(`](${name}.md)`))).toEqual([]);
  });
});

describe("docs/security.md", () => {
  const table = textOf("docs/security.md").split("## Threats")[1]?.split("## ")[0] ?? "";
  const named = [...table.matchAll(/`([^`]+\.test\.ts)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({
    file,
    title,
  }));

  it("names tests that are there", () => {
    expect(named.length).toBeGreaterThan(30);
    const absent = named.filter(
      ({ file, title }) => !existsSync(join(root, file)) || !titlesIn(read(file)).some((each) => each.includes(title)),
    );
    expect(absent).toEqual([]);
  });

  it("has a test for each threat but that of dependencies", () => {
    const rows = table.split("\n").filter((line) => /^\| (?!threat )/.test(line));
    expect(rows.filter((row) => !/\.test\.ts` "/.test(row)).map((row) => row.split("|")[1])).toEqual([
      " dependencies that turn bad ",
    ]);
  });
});

describe("docs/run-books.md", () => {
  const books = textOf("docs/run-books.md");
  const sections = new Map(
    books
      .split(/^## /m)
      .slice(1)
      .map((text) => [text.split("\n")[0] ?? "", text] as const),
  );
  const queues = [...read("infra/queues.ts").matchAll(/make\("(\w+)", \{(.+)\}/g)].map(([, name = "", spec = ""]) => ({
    name,
    retry: /retry: (\d+)/.exec(spec)?.[1] ?? "",
  }));

  it("has a section for each alarm of infra/alarms.ts, and none for others", () => {
    const alarms = read("infra/alarms.ts")
      .split(/^\s*alarm\(/m)
      .slice(1)
      .map((text) => ({
        name: /^(?:"|`(?:\$\{name\})?)(\w+)/.exec(text)?.[1] ?? "",
        book: /book\("([a-z-]+)"\)/.exec(text)?.[1],
      }));
    expect(alarms.length).toBeGreaterThan(9);
    for (const { name, book = "" } of alarms)
      expect([name, sections.get(book)]).toEqual([name, expect.stringContaining(name)]);
    const budgets = new Set(["daily-cost"]);
    expect(new Set(sections.keys())).toEqual(new Set([...alarms.map(({ book }) => book ?? ""), ...budgets]));
  });

  it("says of each queue what its dead letters mean, how often it is tried, and why it may be late", () => {
    expect(queues).toHaveLength(8);
    const dead = sections.get("dead-letters") ?? "";
    const rows = dead.split("\n").filter((line) => /^\| \w/.test(line));
    const told = rows.slice(1).flatMap((row) => (row.split("|")[1] ?? "").trim().split(", "));
    expect(told.toSorted()).toEqual(queues.map(({ name }) => name.replace("Queue", "").toLowerCase()).toSorted());
    for (const { retry } of queues) expect(dead).toMatch(new RegExp(`\\b${retry}\\b`));
    const late = sections.get("oldest-message") ?? "";
    expect(queues.filter(({ name }) => !late.includes(name)).map(({ name }) => name)).toEqual([]);
  });

  it("calls things what infra calls them", () => {
    const infra = readdirSync(join(root, "infra"))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => read(`infra/${name}`))
      .join("\n");
    const made = new Set([...infra.matchAll(/(?:make|new sst\.aws\.\w+)\(\s*"(\w+)"/g)].map(([, name = ""]) => name));
    expect(
      missing(
        /\b([A-Z]\w+Queue)\b/g,
        (name) => made.has(name),
        documents.filter(({ path }) => path === "docs/run-books.md"),
      ),
    ).toEqual([]);
    for (const name of ["Api", "Inbound", "Provision", "Tick", "EveryMinute"])
      expect([name, made.has(name), books.includes(name)]).toEqual([name, true, true]);
    expect(read("sst.config.ts")).toContain('name: "posthouse"');
    expect(infra).toMatch(/dashboardName: `posthouse-\$\{\$app\.stage\}`/);
    for (const index of /const indexes = \[(.+)\]/.exec(infra)?.[1]?.replaceAll('"', "").split(", ") ?? [""])
      expect(sections.get("hot-partition")).toContain(`\`${index}\``);
  });
});
