import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calls } from "./calls.ts";
import { commands, outside, ports } from "./commands.ts";
import { made } from "./sdk.ts";
import { repository } from "./subject.ts";

const source = (path: string) => readFile(join(repository, path), "utf8");

/** The methods of each port, by its name in `Ports`. */
async function methods(): Promise<Map<string, string[]>> {
  const main = await source("packages/core/src/ports/main.ts");
  const imported = new Map(
    [...main.matchAll(/import type \{ ([\w, ]+) \} from "\.\/(\S+)";/g)].flatMap(([, names = "", file = ""]) =>
      names.split(", ").map((name) => [name, file] as const),
    ),
  );
  const found = new Map<string, string[]>();
  for (const [, port = "", type = ""] of main.matchAll(/readonly (\w+): (\w+);/g)) {
    const file = imported.get(type);
    if (file === undefined) continue;
    const text = await source(`packages/core/src/ports/${file}`);
    const body = new RegExp(`export interface ${type}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(text)?.[1] ?? "";
    found.set(
      port,
      [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, method]) => `${port}.${method}`),
    );
  }
  return found;
}

/** Every call of the SDK in packages/aws, wherever it is made. */
async function written(): Promise<string[]> {
  const root = "packages/aws/src";
  const files = (await readdir(join(repository, root), { recursive: true })).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  const texts = await Promise.all(files.map((file) => source(join(root, file))));
  return [
    ...new Set(texts.flatMap((text) => [...text.matchAll(/\bnew (\w+Command)\(/g)].map(([, name]) => name ?? ""))),
  ];
}

describe("the table of calls", () => {
  it("knows every port, and every method of those that call AWS", async () => {
    const known = await methods();
    expect([...known.keys()].sort()).toEqual([...ports, ...outside].sort());
    const all = [...known].flatMap(([port, names]) => (ports.includes(port) ? names : []));
    expect(Object.keys(commands).sort()).toEqual(all.sort());
  });

  it("has every call of the SDK that packages/aws makes, and no other", async () => {
    expect([...new Set(Object.values(commands).flat())].sort()).toEqual((await written()).sort());
  });

  it("has for each method what its source comes to", async () => {
    const found = await made(repository);
    const read = Object.keys(commands).map((method) => [method, found.get(method)]);
    expect(Object.fromEntries(read)).toEqual(
      Object.fromEntries(Object.entries(commands).map(([method, names]) => [method, [...names].sort()])),
    );
  });
});

describe("the calls of a bundle", () => {
  const of = (text: string, module = "packages/core/src/x.ts") => {
    const { actions, sends, measures } = calls({ file: "x", exports: [], modules: new Map([[module, text]]) });
    return { actions: [...actions], sends: [...sends], measures: [...measures] };
  };

  it("are those on ports, whatever the bundler or the code calls them", () => {
    expect(of("await ports.blobs.put(key, bytes)").actions).toEqual(["s3:PutObject"]);
    expect(of("await vault2.open(text, owner)").actions).toEqual(["kms:Decrypt"]);
    expect(of("function ses({ ses: mailer }) { return { send: (m) => mailer.send(m) } }").actions).toEqual([
      "ses:SendEmail",
      "ses:SendRawEmail",
    ]);
  });

  it.each([
    ["a method taken as a value", "await Promise.all(keys.map(ports.blobs.get))", ["s3:GetObject", "s3:ListBucket"]],
    [
      "a method taken out of its port",
      "const { send } = ports.ses; await send(mail)",
      ["ses:SendEmail", "ses:SendRawEmail"],
    ],
    [
      "a port by another name",
      "const mailer = ports.ses; await mailer.send(mail)",
      ["ses:SendEmail", "ses:SendRawEmail"],
    ],
    ["a port handed on", "function open2(safe, t) { return safe.open(t); } open2(ports.vault, text)", ["kms:Decrypt"]],
    ["a port handed where nobody looks", "elsewhere(ports.vault, text)", ["kms:GenerateDataKey", "kms:Decrypt"]],
    ["a port put away", "const all = { safe: ports.vault }", ["kms:GenerateDataKey", "kms:Decrypt"]],
    ["a port answered", "const safe = () => ports.vault;", ["kms:GenerateDataKey", "kms:Decrypt"]],
    [
      "a call that may not be",
      "await ports.inspector?.table()",
      ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"],
    ],
    ["a call past the ports", "await client.send(new DeleteTableCommand({}))", ["dynamodb:DeleteTable"]],
  ])("are those of %s", (_name, text, actions) => {
    expect(of(text).actions).toEqual(actions);
  });

  it("are those of a function's own file too", () => {
    expect(of("await ports.vault.open(text)", "functions/tick.ts").actions).toEqual(["kms:Decrypt"]);
  });

  it("are those on every queue where sending is taken out of its port", () => {
    expect(of("const { send } = ports.queue; await send(name, [])").sends).toHaveLength(6);
  });

  it("are none where the ports themselves are made, and none on other things", () => {
    expect(of("blobs.put(key, bytes)", "packages/aws/src/blobs.ts").actions).toEqual([]);
    expect(of("cache.get(key); map.delete(key); provider.unknown(key)").actions).toEqual([]);
  });

  it("name the queue, or all that the module names where it is computed", () => {
    expect(of('await queue.send(\n "webhook",\n x)').sends).toEqual(["webhook"]);
    expect(of('queue.send(kind === "mass" ? "mass" : "dispatch", [message])').sends).toEqual(["mass", "dispatch"]);
    expect(of('const name = x ? "external" : "mass"; queue3.send(name, [message])').sends).toEqual([
      "external",
      "mass",
    ]);
    expect(of('queue.send("mass", []); queue.depth(name)')).toMatchObject({ measures: ["mass"] });
  });
});
