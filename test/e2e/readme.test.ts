import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Posthouse, startPosthouse } from "../support/process.ts";
import { type Sink, startSink } from "../support/sink.ts";

/** The README's own examples, taken from it and run as they stand. */

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
let posthouse: Posthouse;
let sink: Sink;
beforeAll(async () => {
  sink = await startSink();
  posthouse = await startPosthouse();
});
afterAll(async () => {
  await posthouse.stop();
  await sink.close();
});

/** The curl commands of the block behind a marker. */
function commands(marker: string): string[] {
  const block = readme.split(`<!-- readme:${marker} -->`)[1]?.split("```")[1] ?? "";
  return block
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.startsWith("curl "));
}

/** Runs one as curl would: the words of the shell, then the request. */
async function run(command: string, email = ""): Promise<Record<string, unknown>> {
  const local = command
    .replaceAll("http://localhost:3000", posthouse.url)
    .replaceAll("$OPERATOR_KEY", posthouse.operatorKey)
    .replaceAll("$EMAIL", email)
    .replaceAll("2526", String(sink.port));
  const words = [...local.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
  const headers: [string, string][] = [];
  let url = "";
  let body: string | Uint8Array<ArrayBuffer> | undefined;
  let method: string | undefined;
  for (let n = 1; n < words.length; n++) {
    const word = words[n] ?? "";
    if (word === "-s") continue;
    if (word === "-H") headers.push(split(words[++n] ?? ""));
    else if (word === "-X") method = words[++n];
    else if (word === "-d") body = words[++n];
    else if (word === "--data-binary") body = new Uint8Array(readFileSync(join(root, (words[++n] ?? "").slice(1))));
    else url = word;
  }
  const response = await fetch(url, {
    headers,
    method: method ?? (body === undefined ? "GET" : "POST"),
    ...(body !== undefined && { body }),
  });
  expect([command, response.status < 300]).toEqual([command, true]);
  return (await response.json()) as Record<string, unknown>;
}

const split = (header: string): [string, string] => {
  const colon = header.indexOf(":");
  return [header.slice(0, colon), header.slice(colon + 1).trim()];
};

describe("the README", () => {
  it("a first mail in three commands: it is in the mailbox with the right From", async () => {
    const [database = "", send = "", mailbox = ""] = commands("first-mail");
    await run(database);
    await run(send);
    await expect
      .poll(async () => (await run(mailbox))["data"], { timeout: 20_000 })
      .toMatchObject([{ from: '"Mary" <notifications@company-name.posthouse.test>', subject: "First light" }]);
  });

  it("R-KIND-3 to a list: one email each, and who has left it", async () => {
    const [send = "", optOuts = ""] = commands("list");
    expect(await run(send)).toMatchObject({
      ids: [expect.any(String), expect.any(String)],
      suppressed: [{ address: "Ann@example.org", reason: "duplicate" }],
    });
    expect((await run(optOuts))["data"]).toEqual([]);
  });

  it("a server of its own", async () => {
    const all = commands("server");
    expect(all).toHaveLength(3);
    for (const command of all) await run(command);
    await expect.poll(() => sink.caught.length, { timeout: 20_000 }).toBe(1);
    expect(sink.caught[0]).toMatchObject({ recipients: ["you@example.org"], user: "sales" });
    expect(sink.caught[0]?.raw).toMatch(/^From: sales@company-name\.com\r?$/m);
  });

  it("later, not at all, or as it is", async () => {
    const [send = "", patch = "", cancel = "", raw = ""] = commands("later");
    const { id } = await run(send);
    await run(patch, String(id));
    expect(await run(cancel, String(id))).toEqual({ object: "email", id });
    await run(raw);
    const signed = () => sink.caught.find((mail) => mail.raw.includes("Subject: Signed"));
    await expect.poll(signed, { timeout: 20_000 }).toMatchObject({ recipients: ["you@example.org"] });
    const [, body = ""] = readFileSync(join(root, "test/fixtures/message.eml"), "utf8").split(/\n\n(.*)/s);
    expect(signed()?.raw.split(/\r\n\r\n(.*)/s)[1]).toBe(body.replaceAll("\n", "\r\n"));
  });

  it("mail that comes in", async () => {
    const [list = ""] = commands("received");
    expect((await run(list))["data"]).toEqual([]);
  });

  it("names every environment variable of the embedded mode, and no other", () => {
    const documented = new Set([...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name));
    const source = ["packages/local/src/options.ts", "packages/aws/src/env.ts"];
    const read = source
      .map((name) => readFileSync(join(root, name), "utf8"))
      .flatMap((text) => [...text.matchAll(/"([A-Z][A-Z_]+)"/g)].map(([, name]) => name));
    expect(documented).toEqual(new Set(read));
  });
});
