import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startSink } from "../../../../test/support/sink.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import { run } from "../export/import.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import { patch } from "./patch.ts";

let machine: TestPorts;
let ports: Ports;
let db: TestDatabase;
let made = 0;
let name: string;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  name = `db${made++}`;
  db = await makeDatabase(ports, { name });
});
afterAll(() => machine.close());

const send = async (changes = {}) => (await accept(ports, await db.version(), mail(changes))).id;
const used = async () => (await usage(ports, await db.version())).used;
const sentBySes = () => machine.ses.mailbox.list().filter(({ tenant }) => tenant === db.id);

describe("delivery: capture", () => {
  it("keeps a mail as sent to nobody, and charges nothing", async () => {
    await patch(ports, name, { delivery: "capture", daily_limit: 0 });
    const id = await send({ cc: ["b@b.example"] });
    await deliver(machine);
    expect(await get(ports, db.id, id)).toMatchObject({
      status: "sent",
      captured: true,
      html: null,
      text: "Hello there.",
      events: [{ type: "queued" }, { type: "sent", reply: "captured: sent to nobody" }],
    });
    expect(sentBySes()).toEqual([]);
    expect(await used()).toBe(0);
  });

  it("keeps what waited when it was switched on, and gives it back", async () => {
    const id = await send();
    expect(await used()).toBe(1);
    await patch(ports, name, { delivery: "capture" });
    await deliver(machine);
    expect(await get(ports, db.id, id)).toMatchObject({ status: "sent", captured: true });
    expect(sentBySes()).toEqual([]);
    expect(await used()).toBe(0);
  });

  it("is not left while servers lack their secrets", async () => {
    await patch(ports, name, { delivery: "capture" });
    const entry = { name: "s", host: "smtp.company.com", username: "u", from_filter: "company.com" };
    const { secrets_missing } = await run(ports, await db.version(), { servers: [entry] }, false);
    expect(secrets_missing).toEqual([{ server: "s", secrets: ["password"] }]);
    await expect(patch(ports, name, { delivery: "live" })).rejects.toMatchObject({ name: "conflict" });
    const [server] = await Server.list(ports, await db.version());
    await Server.patch(ports, await db.version(), server?.id ?? "", { password: "given" });
    await patch(ports, name, { delivery: "live" });
    expect(await db.version()).toMatchObject({ delivery: "live", redirect_to: null });
  });
});

describe("delivery: redirect", () => {
  it("sends every mail to one address, over SES and over servers, and says whom it was for", async () => {
    const sink = await startSink();
    try {
      await patch(ports, name, { delivery: "redirect", redirect_to: "dev@company.example" });
      const id = await send({ bcc: ["secret@b.example"] });
      const server = {
        name: "own",
        host: "127.0.0.1",
        port: sink.port,
        encryption: "none",
        from_filter: "own.example",
      } as const;
      await Server.create(ports, await db.version(), server);
      await send({ from: "me@own.example" });
      await deliver(machine);
      expect(sentBySes()).toMatchObject([{ recipients: ["dev@company.example"] }]);
      expect(sink.caught).toMatchObject([{ recipients: ["dev@company.example"] }]);
      expect(sink.caught[0]?.raw).toContain("To: customer@example.net");
      expect(await get(ports, db.id, id)).toMatchObject({ status: "sent", to: ["customer@example.net"] });
      expect(await used()).toBe(2);
    } finally {
      await sink.close();
    }
  });

  it.each([
    [{ delivery: "redirect" }, "missing_required_field"],
    [{ delivery: "redirect", redirect_to: "nobody" }, "invalid_parameter"],
    [{ redirect_to: "dev@company.example" }, "invalid_parameter"],
  ] as const)("refuses %j", async (input, error) => {
    await expect(patch(ports, name, input)).rejects.toMatchObject({ name: error });
  });
});
