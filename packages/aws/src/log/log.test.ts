import { describe, expect, it } from "vitest";
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
    [`body ${"QUJD".repeat(40)}==`, "body …"],
    ["plain words stay as they are: 421 4.7.0 try later", "plain words stay as they are: 421 4.7.0 try later"],
  ])("G6 %s", (text, expected) => {
    expect(redact(text)).toBe(expected);
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
