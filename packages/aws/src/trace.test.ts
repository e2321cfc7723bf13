import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { HandOver, SesMessage } from "@posthouse/core/ports/mailer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampled, traced } from "./trace.ts";

const root = "1-5759e988-bd862e3fe1be46a994272793";
const header = (flag: string) => `Root=${root};Parent=53995c3f42cd8ad8;Sampled=${flag};Lineage=1:a87bd80c:0`;

/** X-Ray's daemon. */
let daemon: ReturnType<typeof createSocket>;
let port: number;
const heard: string[] = [];
beforeEach(async () => {
  daemon = createSocket("udp4").on("message", (datagram) => void heard.push(datagram.toString("utf8")));
  daemon.bind(0, "127.0.0.1");
  await once(daemon, "listening");
  ({ port } = daemon.address());
  heard.length = 0;
});
afterEach(async () => {
  daemon.close();
  await once(daemon, "close");
});

const message: SesMessage = {
  mime: Buffer.from("Subject: secret\r\n\r\nbody"),
  envelope_from: "bounce@a.example",
  recipients: ["mary@b.example"],
  from_address: "a@a.example",
  tenant: "t",
  configuration_set: "c",
  tags: { posthouse_database: "db_1", posthouse_email: "em_1", posthouse_attempt: "1" },
};
const accepted: HandOver = { outcome: "accepted", reply: "accepted", provider_id: "p", recipients: [] };
const send = (value: string | undefined, answer: HandOver = accepted, place = `127.0.0.1:${port}`) =>
  traced({ send: () => Promise.resolve(answer) }, { header: () => value, daemon: place }).send(message);

describe("a hand-over to SES", () => {
  it("is told to X-Ray as a part of the invocation's trace, by database and email, with nobody's address", async () => {
    const told = once(daemon, "message");
    expect(await send(header("1"))).toBe(accepted);
    await told;
    const [first = "", second = ""] = heard[0]?.split("\n") ?? [];
    expect(JSON.parse(first)).toEqual({ format: "json", version: 1 });
    const document = JSON.parse(second) as { start_time: number; end_time: number };
    expect(document).toMatchObject({
      ...{ name: "SESv2", namespace: "aws", type: "subsegment", trace_id: root, parent_id: "53995c3f42cd8ad8" },
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      annotations: { database: "db_1", email: "em_1", outcome: "accepted" },
    });
    expect(document.end_time).toBeGreaterThanOrEqual(document.start_time);
    expect(second).not.toMatch(/@|secret|fault/);
  });

  it("that was lost is a fault", async () => {
    const told = once(daemon, "message");
    await send(header("1"), { outcome: "unknown", reply: "mary@b.example" });
    await told;
    expect(heard[0]).toContain('"fault":true');
    expect(heard[0]).not.toContain("mary");
  });

  it("is told of the sample only", async () => {
    await send(header("0"));
    await send(undefined);
    const told = once(daemon, "message");
    await send(header("1"));
    await told;
    expect(heard).toHaveLength(1);
  });

  it.each(["", "nowhere", "127.0.0.1:0", "127.0.0.1:99999", "tcp:1.2.3.4:2000 udp:1.2.3.4:2000"])(
    "G3 does not fail by a daemon at %j",
    async (place) => {
      expect(await send(header("1"), accepted, place)).toBe(accepted);
    },
  );
});

it("a header is handed on whole, and only of the sample", () => {
  const of = (value: string | undefined) => sampled({ header: () => value });
  expect(of(header("1"))).toBe(header("1"));
  expect([of(header("0")), of(`Root=${root}`), of(undefined)]).toEqual([undefined, undefined, undefined]);
});
