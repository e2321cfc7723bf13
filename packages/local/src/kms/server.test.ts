import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import { describe, expect, it, onTestFinished } from "vitest";
import { startKms } from "./server.ts";

const context = { database: "db_1", server: "srv_1" };

async function start(given?: string) {
  const dir = given ?? (await mkdtemp(join(tmpdir(), "posthouse-kms-")));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const kms = await startKms({ dir });
  onTestFinished(() => kms.close());
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new KMSClient({ endpoint: kms.url, region: "us-east-1", credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  const encrypt = (Plaintext: Uint8Array, KeyId = kms.keyArn) =>
    client.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext: context }));
  const decrypt = (
    CiphertextBlob: Uint8Array | undefined,
    EncryptionContext?: Record<string, string>,
    KeyId?: string,
  ) => client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId }));
  return { ...kms, dir, client, encrypt, decrypt };
}

async function failure(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "no failure",
    (error: Error) => error.name,
  );
}

describe("the embedded KMS", () => {
  it("makes data keys that only their encryption context opens, whatever its order", async () => {
    const { client, keyArn, decrypt } = await start();
    const input = { KeyId: keyArn, KeySpec: "AES_256" as const, EncryptionContext: context };
    const made = await client.send(new GenerateDataKeyCommand(input));
    expect(made.KeyId).toBe(keyArn);
    expect(made.Plaintext).toHaveLength(32);
    const opened = await decrypt(made.CiphertextBlob, { server: "srv_1", database: "db_1" });
    expect(opened).toMatchObject({
      KeyId: keyArn,
      Plaintext: made.Plaintext,
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    });
    const sealed = await client.send(new GenerateDataKeyWithoutPlaintextCommand({ ...input, KeySpec: "AES_128" }));
    expect(sealed).not.toHaveProperty("Plaintext");
    expect((await decrypt(sealed.CiphertextBlob, context)).Plaintext).toHaveLength(16);
    for (const wrong of [undefined, {}, { database: "db_1" }, { ...context, server: "srv_2" }]) {
      expect(await failure(decrypt(made.CiphertextBlob, wrong))).toBe("InvalidCiphertextException");
    }
  });

  it("never makes the same blob twice and notices every changed byte", async () => {
    const { encrypt, decrypt } = await start();
    const plaintext = Buffer.from("a secret");
    const [first, second] = [await encrypt(plaintext), await encrypt(plaintext)];
    expect(first.CiphertextBlob).not.toEqual(second.CiphertextBlob);
    const blob = Buffer.from(first.CiphertextBlob ?? []);
    expect(blob.includes(plaintext)).toBe(false);
    expect(Buffer.from((await decrypt(blob, context)).Plaintext ?? [])).toEqual(plaintext);
    for (const index of [0, 5, 40, 50, blob.length - 1]) {
      const changed = Buffer.from(blob);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(await failure(decrypt(changed, context))).toBe("InvalidCiphertextException");
    }
    expect(await failure(decrypt(blob.subarray(0, 60), context))).toBe("InvalidCiphertextException");
  });

  it("keeps its keys in a file only its owner may read, over a restart", async () => {
    const first = await start();
    const { KeyMetadata } = await first.client.send(new CreateKeyCommand({ Description: "second" }));
    const { CiphertextBlob } = await first.encrypt(Buffer.from("x"), KeyMetadata?.Arn);
    await first.close();
    expect((await stat(join(first.dir, "kms.json"))).mode & 0o777).toBe(0o600);
    const second = await start(first.dir);
    expect(second.keyArn).toBe(first.keyArn);
    expect((await second.decrypt(CiphertextBlob, context)).KeyId).toBe(KeyMetadata?.Arn);
  });

  it("does not start over a damaged key file, and leaves it as it is", async () => {
    const dir = await mkdtemp(join(tmpdir(), "posthouse-kms-"));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    await writeFile(join(dir, "kms.json"), "[{");
    await expect(startKms({ dir })).rejects.toThrow(/kms\.json.*damaged/);
    expect(await readFile(join(dir, "kms.json"), "utf8")).toBe("[{");
  });

  it("describes keys by id, ARN and alias", async () => {
    const { client, keyArn } = await start();
    const describeKey = (KeyId: string) => client.send(new DescribeKeyCommand({ KeyId }));
    const { KeyMetadata } = await describeKey(keyArn);
    expect(KeyMetadata).toMatchObject({
      Arn: keyArn,
      Enabled: true,
      KeyState: "Enabled",
      CreationDate: expect.any(Date),
    });
    for (const KeyId of [KeyMetadata?.KeyId ?? "", "alias/posthouse", keyArn.replace(/key\/.*/, "alias/posthouse")]) {
      expect((await describeKey(KeyId)).KeyMetadata?.Arn).toBe(keyArn);
    }
    expect(await failure(describeKey("alias/none"))).toBe("NotFoundException");
  });

  it("fails as AWS has it fail", async () => {
    const { client, keyArn, encrypt, decrypt } = await start();
    const generate = (input: { NumberOfBytes?: number; KeySpec?: "AES_256" }) =>
      failure(client.send(new GenerateDataKeyCommand({ KeyId: keyArn, ...input })));
    expect(await generate({})).toBe("ValidationException");
    expect(await generate({ NumberOfBytes: 32, KeySpec: "AES_256" })).toBe("ValidationException");
    expect(await generate({ NumberOfBytes: 1025 })).toBe("ValidationException");
    expect(await failure(encrypt(new Uint8Array(4097)))).toBe("ValidationException");
    expect(await failure(encrypt(new Uint8Array(1), "none"))).toBe("NotFoundException");
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    const { CiphertextBlob } = await encrypt(new Uint8Array(4096));
    expect(await failure(decrypt(CiphertextBlob, context, KeyMetadata?.KeyId))).toBe("IncorrectKeyException");
    expect((await decrypt(CiphertextBlob, context, keyArn)).Plaintext).toHaveLength(4096);
  });

  it("answers requests it cannot serve by the protocol", async () => {
    const { url } = await start();
    const call = async (target: string, body: string) => {
      const response = await fetch(url, { method: "POST", body, headers: { "x-amz-target": target } });
      return [response.status, ((await response.json()) as { __type: string }).__type];
    };
    expect(await call("TrentService.ScheduleKeyDeletion", "{}")).toEqual([400, "UnknownOperationException"]);
    expect(await call("Other.Encrypt", "{}")).toEqual([400, "UnknownOperationException"]);
    expect(await call("TrentService.Encrypt", "{")).toEqual([400, "SerializationException"]);
  });
});
