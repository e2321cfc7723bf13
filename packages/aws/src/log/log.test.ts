import { readFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { describe as describeError } from "./error.ts";
import { createLog, pick } from "./log.ts";
import { redact } from "./redact.ts";

describe("redact", () => {
  it.each([
    ["key ph_op_0123456789abcdef used", "key ph_… used"],
    ["smtps://user:pa$$w0rd@mail.example.com:465 refused", "smtps://…@mail.example.com:465 refused"],
    ["550 5.1.1 <bob.o'neil@example.com> unknown", "550 5.1.1 <…@example.com> unknown"],
    ["Authorization: Bearer abc.def-ghi", "Authorization: … …"],
    ['{"password":"hunter2"}', '{"password":"…"}'],
    ["client_secret=hunter2&x=1", "client_secret=…"],
    ['{"access_token":"hunter2","refresh_token":"hunter3"}', '{"access_token":"…","refresh_token":"…"}'],
    [String.raw`{\"clientSecret\":\"hunter2\"}`, String.raw`{\"clientSecret\":\"…"}`],
    ["smtp_password: hunter2", "smtp_password: …"],
    ["1.smtp://user:hunter2@mail.example.com", "1.smtp://…@mail.example.com"],
    ['550 5.1.1 <"mary.planted"@b.example> unknown', "550 5.1.1 <…@b.example> unknown"],
    [String.raw`"no" <"mary \"x\" planted"@b.example>`, '"no" <…@b.example>'],
    [String.raw`{"reply":"\"mary.planted\"@b.example"}`, '{"reply":…@b.example"}'],
    ["mary@[192.0.2.1] refused", "…@[192.0.2.1] refused"],
    [`body ${"QUJD".repeat(40)}==`, "body …"],
    ["plain words stay as they are: 421 4.7.0 try later", "plain words stay as they are: 421 4.7.0 try later"],
  ])("G6 %s", (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it("G6 takes time by the length of a text, whatever it is of", () => {
    const pieces = [
      "a",
      '"',
      String.raw`\"`,
      "\\",
      "a.",
      "@",
      '"a',
      "token=",
      "token ",
      "a://",
      "ph_",
      " ",
      '"@',
      "=",
      "Aa0/",
    ];
    const texts = [...pieces, ...pieces.map((piece) => `"${piece}`)].map((piece) =>
      piece.repeat(200_000 / piece.length),
    );
    const start = performance.now();
    for (const text of texts) expect(redact(text).length).toBeLessThanOrEqual(1_001);
    // A quadratic one takes minutes
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  it("shortens what is long", () => {
    expect(redact("word ".repeat(1_000)).length).toBe(1_001);
  });
});

describe("log", () => {
  it("G6 lets only the listed fields through", () => {
    const fields = { database: "db_1", email: "em_1", count: 3, password: "x", body: "Dear Mary" };
    expect(pick(fields)).toEqual({ database: "db_1", email: "em_1", count: 3 });
  });

  it("has the fields that docs/observability.md names, and no others", async () => {
    const lines: string[] = [];
    const write = vi.spyOn(process.stdout, "write").mockImplementation((line) => lines.push(String(line)) > 0);
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-2-3");
    const all = { request_id: "r", database: "d", email: "e", server: "s", operation: "o", code: "c", count: 1, ms: 1 };
    createLog().info("done", { ...all, error: new Error("no") });
    write.mockRestore();
    vi.unstubAllEnvs();
    const page = await readFile(new URL("../../../../docs/observability.md", import.meta.url), "utf8");
    const [, table = ""] = /\| field \| \|\n([^]*?)\n\n/.exec(page) ?? [];
    const named = table
      .split("\n")
      .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));
    const logged = Object.keys(JSON.parse(lines.join("")) as object);
    expect([...logged, "invocation"].toSorted()).toEqual(named.toSorted());
  });

  it("describes an error and its causes, and nothing else they hold", () => {
    const cause = Object.assign(new TypeError("bob@example.com refused"), {
      command: "AUTH PLAIN xyz",
      response: "secret",
    });
    const error = new Error("could not send", { cause });
    const logged = describeError(error);
    expect(logged).toMatchObject({
      name: "Error",
      message: "could not send",
      cause: { name: "TypeError", message: "…@example.com refused" },
    });
    expect(logged.stack[0]).toMatch(/^at /);
    expect(JSON.stringify(logged)).not.toMatch(/AUTH|secret|bob/);
  });

  it("does not follow causes in a circle, nor fail on what is no error", () => {
    const error = new Error("round");
    error.cause = error;
    expect(JSON.stringify(describeError(error)).match(/round/g)).toHaveLength(5);
    expect(describeError("text with a secret")).toEqual({
      name: "string",
      message: "not an Error was thrown",
      stack: [],
    });
  });

  it("hands level, message and fields on", () => {
    const lines: unknown[][] = [];
    const line =
      (level: string) =>
      (...given: unknown[]) =>
        void lines.push([level, ...given]);
    const log = createLog({ info: line("info"), warn: line("warn"), error: line("error") });
    log.info("started", { ms: 5 });
    log.warn("for mary@example.com");
    log.error("failed", { code: "x", error: new Error("no") });
    expect(lines).toMatchObject([
      ["info", "started", { ms: 5 }],
      ["warn", "for …@example.com", {}],
      ["error", "failed", { code: "x", failure: { message: "no" } }],
    ]);
  });
});
