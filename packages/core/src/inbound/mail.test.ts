import { describe, expect, it } from "vitest";
import { read } from "./mail.ts";

const mail = (...lines: string[]) => read(Buffer.from(lines.join("\r\n")));

describe("R-IN what makes two copies the same mail", () => {
  it("R-IN the Message-Id, whatever else differs", () => {
    const [one, two] = [
      mail("Received: a", "Message-ID: <1@x.example> (comment)", "", "a"),
      mail("Message-Id:", " <1@x.example>", "", "b"),
    ];
    expect(one.message_id).toBe("<1@x.example>");
    expect(two.identity).toBe(one.identity);
    expect(mail("Message-ID: <2@x.example>", "", "a").identity).not.toBe(one.identity);
  });

  it("R-IN without a Message-Id what its author wrote, not what carriers put on top", () => {
    const written = ["From: a@x.example", "Date: Mon, 23 Nov 2026 07:00:00 +0000", "Subject: s", "", "body"];
    const one = mail("Received: from a", ...written);
    expect(mail("Received: from b", "Return-Path: <c@x.example>", ...written).identity).toBe(one.identity);
    expect(mail(...written, "more").identity).not.toBe(one.identity);
    expect(mail("From: b@x.example", ...written.slice(1)).identity).not.toBe(one.identity);
    expect(one.message_id).toBeNull();
  });

  it("R-IN what has neither author nor date is the same as nothing else", () => {
    expect(mail("rubbish").identity).not.toBe(mail("more rubbish").identity);
    expect(mail("rubbish").identity).not.toBe(mail("").identity);
    expect(mail("Subject: a", "X: 1", "", "b").identity).not.toBe(mail("Subject: a", "X: 2", "", "b").identity);
  });

  it("R-IN without Message-Id and date two mails of the same words are two, and each is itself again", () => {
    const raw = Buffer.from("From: device@x.example\r\nSubject: Alarm\r\n\r\nDoor open.\r\n");
    expect(read(raw, "first").identity).toBe(read(raw, "first").identity);
    expect(read(raw, "second").identity).not.toBe(read(raw, "first").identity);
    const dated = Buffer.concat([Buffer.from("Date: Mon, 23 Nov 2026 07:00:00 +0000\r\n"), raw]);
    expect(read(dated, "second").identity).toBe(read(dated, "first").identity);
  });

  it("R-IN an id that no key could hold stands for itself by its hash", () => {
    const long = (n: number) => mail(`Message-ID: <${"x".repeat(3_000)}${n}@x.example>`, "", "a");
    expect(long(1).identity).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(long(1).identity).not.toBe(long(2).identity);
    expect(long(1).message_id).toHaveLength(1_000);
    expect(mail("Message-ID: <ü@x.example>", "", "a").identity).toMatch(/^sha256:/);
  });
});

it("shows From and Subject for people, and null where there is none", () => {
  expect(mail("From: =?utf-8?Q?M=C3=A4ry?= <mary@x.example>", "Subject: a\tb", "", "")).toMatchObject({
    from: "Märy <mary@x.example>",
    subject: "a b",
  });
  expect(mail("X: y", "", "")).toMatchObject({ from: null, subject: null, message_id: null, loops: [] });
});

it("finds every loop tag", () => {
  expect(mail("X-Posthouse-Loop: Posthouse.Test", "x-posthouse-loop: b.example", "", "").loops).toEqual([
    "posthouse.test",
    "b.example",
  ]);
});
