import { type GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { clientOptions } from "@posthouse/aws/client-options";
import { random } from "@posthouse/aws/random";
import type { SecretOwner } from "@posthouse/core/ports/vault";
import { awsConfig } from "@posthouse/local/services";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createVault } from "./vault.ts";

const owner: SecretOwner = { database: "db_1", record: "srv_1" };

describe("vault on KMS", () => {
  let test: TestPorts;
  let kms: KMSClient;
  let now = 0;
  const calls: string[] = [];
  const vault = () =>
    createVault({
      client: kms,
      keyArn: test.services.kms.keyArn,
      clock: { ...test.ports.clock, now: () => now },
      random,
    });

  beforeAll(async () => {
    test = await startTestPorts();
    kms = new KMSClient(clientOptions(awsConfig(test.services, test.ports.operator, true), "kms"));
    kms.middlewareStack.add((next, context) => (args) => {
      calls.push(context.commandName ?? "");
      return next(args);
    });
  });
  afterAll(async () => {
    kms.destroy();
    await test.close();
  });

  it.each(["", "secret", "pässwörd ✉".repeat(1_000)])(
    "G6 opens what it sealed, in another process too",
    async (plain) => {
      const sealed = await vault().seal(plain, owner);
      expect(await vault().open(sealed, owner)).toBe(plain);
    },
  );

  it("G6 shows nothing of the secret, and never the same text twice", async () => {
    const one = vault();
    const [first, second] = [await one.seal("hunter2-hunter2", owner), await one.seal("hunter2-hunter2", owner)];
    expect(first).not.toBe(second);
    expect(Buffer.from(first, "base64").toString("latin1")).not.toContain("hunter2");
    expect(first).toMatch(/^[A-Za-z0-9+/]+=*$/);
  });

  it.each([
    ["another server", { database: "db_1", record: "srv_2" }],
    ["another database", { database: "db_2", record: "srv_1" }],
    ["names that run together", { database: "db_1s", record: "rv_1" }],
  ])("G6 opens nothing for %s", async (_, other) => {
    const sealed = await vault().seal("secret", owner);
    await expect(vault().open(sealed, other)).rejects.toThrow();
    const one = vault();
    await one.open(await one.seal("x", owner), owner);
    await expect(one.open(sealed, other)).rejects.toThrow();
  });

  it("opens nothing that was changed, cut short or is of another version", async () => {
    const sealed = Buffer.from(await vault().seal("secret", owner), "base64");
    for (const at of [0, 1, 10, sealed.length - 30, sealed.length - 17, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      await expect(vault().open(changed.toString("base64"), owner), `byte ${at}`).rejects.toThrow();
    }
    for (const text of [
      "",
      "AQ==",
      sealed.subarray(0, 40).toString("base64"),
      sealed.subarray(0, -1).toString("base64"),
    ])
      await expect(vault().open(text, owner)).rejects.toThrow();
  });

  it("G6 keeps a data key for five minutes, one for each database", async () => {
    const one = vault();
    calls.length = 0;
    const sealed = await one.seal("a", owner);
    await one.seal("b", { ...owner, record: "srv_2" });
    await Promise.all([one.open(sealed, owner), one.open(sealed, owner)]);
    expect(calls).toEqual(["GenerateDataKeyCommand", "DecryptCommand"]);
    await one.seal("c", { database: "db_2", record: "srv_1" });
    expect(calls).toHaveLength(3);
    now += 5 * 60_000;
    await one.seal("d", owner);
    await one.open(sealed, owner);
    expect(calls.slice(3)).toEqual(["GenerateDataKeyCommand", "DecryptCommand"]);
  });

  it("does not remember a failure", async () => {
    let broken = true;
    const client = {
      send: (command: GenerateDataKeyCommand) => (broken ? Promise.reject(new Error("down")) : kms.send(command)),
    } as unknown as KMSClient;
    const { clock } = test.ports;
    const one = createVault({ client, keyArn: test.services.kms.keyArn, clock, random });
    await expect(one.seal("a", owner)).rejects.toThrow("down");
    broken = false;
    expect(await one.open(await one.seal("a", owner), owner)).toBe("a");
  });
});
