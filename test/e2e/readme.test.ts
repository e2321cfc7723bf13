import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Curl from "../support/curl.ts";
import { type Posthouse, startPosthouse } from "../support/process.ts";
import { type Sink, startSink } from "../support/sink.ts";

/** The README's own examples, taken from it and run as they stand. */

const root = join(import.meta.dirname, "../..");
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

const commands = (marker: string) => Curl.commands("README.md", marker);
const run = (command: string, email = "") =>
  Curl.run(command, {
    "http://localhost:3000": posthouse.url,
    $OPERATOR_KEY: posthouse.operatorKey,
    $EMAIL: email,
    "2526": String(sink.port),
  });

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

  it("R-NOT-2 conversations on records: whoever follows one is told by mail", async () => {
    const [follow = "", post = "", list = ""] = commands("record");
    await run(follow);
    await run(post);
    expect((await run(list))["data"]).toMatchObject([{ subject: "Ticket 7" }]);
    // Its author's domain has the server of the example before
    const told = () => sink.caught.find((mail) => mail.raw.includes("Subject: Ticket 7"));
    await expect.poll(told, { timeout: 20_000 }).toMatchObject({ recipients: ["ann@example.org"] });
  });

  it("names every environment variable of the embedded mode, and no other; .env.example those of functions on AWS", () => {
    const named = (path: string, pattern: RegExp) =>
      new Set([...readFileSync(join(root, path), "utf8").matchAll(pattern)].map(([, name]) => name));
    const embedded = named("README.md", /^\| `([A-Z_]+)` \|/gm);
    expect(embedded).toEqual(named("packages/local/src/options.ts", /"((?:POSTHOUSE_|PORT\b)[A-Z_]*)"/g));
    const deployed = named("packages/aws/src/env.ts", /"(POSTHOUSE_[A-Z_]+)"/g);
    // Made of the API's domain
    deployed.delete("POSTHOUSE_PUBLIC_URL");
    expect(deployed.size).toBeGreaterThan(5);
    const settings = named(".env.example", /^#? ?([A-Z_]+)=/gm);
    expect([...deployed].filter((name) => !settings.has(name))).toEqual([]);
  });
});
