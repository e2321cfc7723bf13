import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import type { Clock } from "@posthouse/core/ports/clock";
import type { Random } from "@posthouse/core/ports/random";
import type { Vault } from "@posthouse/core/ports/vault";
import { clientOptions } from "../client-options.ts";
import type { AwsConfig } from "../config.ts";
import { expiring } from "./expiring.ts";
import * as Sealed from "./sealed.ts";

/** G6: a data key stays in memory so long, and no longer. */
export const kept_ms = 5 * 60_000;
const most = 1_000;

/** A data key in the clear and as KMS encrypted it. */
interface DataKey {
  readonly key: Uint8Array;
  readonly encryptedKey: Uint8Array;
}

/** What the vault works with; `keyArn` is the KMS key that data keys come from. */
export interface VaultNeeds {
  readonly client: KMSClient;
  readonly keyArn: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** The vault port with a client of its own, unless one is given. */
export function openVault(
  config: AwsConfig,
  { clock, random }: Pick<VaultNeeds, "clock" | "random">,
  client = new KMSClient(clientOptions(config, "kms")),
): Vault {
  return createVault({ client, keyArn: config.resources.vault_key, clock, random });
}

/**
 * The vault port on KMS (envelope encryption). Bound twice: KMS opens a data key only with its database as the
 * encryption context, and the ciphertext only verifies with database and record (G6). So nothing sealed for one
 * database or server opens for another, even where somebody moves items about in the table.
 */
export function createVault({ client, keyArn, clock, random }: VaultNeeds): Vault {
  const sealing = expiring<DataKey>(clock, kept_ms, most);
  const opening = expiring<Uint8Array>(clock, kept_ms, most);
  return {
    async seal(plain, owner) {
      const key = await sealing(owner.database, () => generate(client, keyArn, owner.database));
      return Sealed.encrypt(plain, owner, key, random);
    },
    async open(text, owner) {
      const sealed = Sealed.parse(text);
      const name = `${owner.database} ${Buffer.from(sealed.encryptedKey).toString("base64")}`;
      const key = await opening(name, () => decrypt(client, keyArn, owner.database, sealed.encryptedKey));
      return Sealed.decrypt(sealed, owner, key);
    },
  };
}

async function generate(client: KMSClient, KeyId: string, database: string): Promise<DataKey> {
  const input = { KeyId, KeySpec: "AES_256" as const, EncryptionContext: { database } };
  const { Plaintext, CiphertextBlob } = await client.send(new GenerateDataKeyCommand(input));
  if (!Plaintext || !CiphertextBlob) throw new Error("KMS gave no data key.");
  return { key: Plaintext, encryptedKey: CiphertextBlob };
}

async function decrypt(client: KMSClient, KeyId: string, database: string, CiphertextBlob: Uint8Array) {
  const input = { KeyId, CiphertextBlob, EncryptionContext: { database } };
  const { Plaintext } = await client.send(new DecryptCommand(input));
  if (!Plaintext) throw new Error("KMS gave no data key.");
  return Plaintext;
}
