import { randomBytes } from "node:crypto";
import * as z from "zod";
import * as Envelope from "./envelope.ts";
import { KmsError } from "./error.ts";
import * as Key from "./key.ts";

/** The keys of one account in one Region. */
export interface Kms {
  region: string;
  accountId: string;
  /** Epoch milliseconds. */
  now: () => number;
  keys: Key.Key[];
  /** Adds a key; it is on disk when this returns. */
  add(key: Key.Key): void;
}

type Run = (kms: Kms, input: unknown) => object;

const ALGORITHM = "SYMMETRIC_DEFAULT";
const PLAINTEXT_BYTES = 4096;

const blob = z.string().transform((text) => Buffer.from(text, "base64"));
const context = z.record(z.string(), z.string()).default({});
const dataKey = z.object({
  KeyId: z.string(),
  EncryptionContext: context,
  NumberOfBytes: z.number().int().min(1).max(1024).optional(),
  KeySpec: z.enum(["AES_128", "AES_256"]).optional(),
});

/** The operations by their name in `X-Amz-Target: TrentService.<name>`; members as the KMS API names them. */
export const OPERATIONS = new Map<string, Run>([
  [
    "CreateKey",
    define(z.object({ Description: z.string().default(""), KeySpec: z.literal(ALGORITHM).optional() }), createKey),
  ],
  [
    "DescribeKey",
    define(z.object({ KeyId: z.string() }), (kms, { KeyId }) => metadata(kms, Key.find(kms.keys, KeyId))),
  ],
  ["GenerateDataKey", define(dataKey, generateDataKey)],
  [
    "GenerateDataKeyWithoutPlaintext",
    define(dataKey, (kms, input) => ({ ...generateDataKey(kms, input), Plaintext: undefined })),
  ],
  ["Encrypt", define(z.object({ KeyId: z.string(), Plaintext: blob, EncryptionContext: context }), encrypt)],
  [
    "Decrypt",
    define(z.object({ KeyId: z.string().optional(), CiphertextBlob: blob, EncryptionContext: context }), decrypt),
  ],
]);

function define<S extends z.ZodType>(schema: S, run: (kms: Kms, input: z.output<S>) => object): Run {
  return (kms, input) => {
    const result = schema.safeParse(input);
    if (result.success) return run(kms, result.data);
    const problems = result.error.issues.map(({ path, message }) => `'${path.join(".")}': ${message}`);
    throw new KmsError("ValidationException", `${problems.length} validation error detected: ${problems.join("; ")}`);
  };
}

function createKey(kms: Kms, { Description }: { Description: string }): object {
  const key = Key.create(kms, Description, kms.now());
  kms.add(key);
  return metadata(kms, key);
}

function metadata({ accountId }: Kms, key: Key.Key): object {
  return {
    KeyMetadata: {
      AWSAccountId: accountId,
      KeyId: key.id,
      Arn: key.arn,
      CreationDate: key.createdAt / 1000,
      Enabled: true,
      Description: key.description,
      KeyUsage: "ENCRYPT_DECRYPT",
      KeyState: "Enabled",
      Origin: "AWS_KMS",
      KeyManager: "CUSTOMER",
      CustomerMasterKeySpec: ALGORITHM,
      KeySpec: ALGORITHM,
      EncryptionAlgorithms: [ALGORITHM],
      MultiRegion: false,
    },
  };
}

function generateDataKey(kms: Kms, { KeyId, EncryptionContext, NumberOfBytes, KeySpec }: z.output<typeof dataKey>) {
  if ((NumberOfBytes === undefined) === (KeySpec === undefined)) {
    throw new KmsError("ValidationException", "Please specify either number of bytes or key spec.");
  }
  const key = Key.find(kms.keys, KeyId);
  const plaintext = randomBytes(NumberOfBytes ?? (KeySpec === "AES_128" ? 16 : 32));
  const sealed = Envelope.seal(key, plaintext, EncryptionContext);
  return { CiphertextBlob: sealed.toString("base64"), Plaintext: plaintext.toString("base64"), KeyId: key.arn };
}

function encrypt(kms: Kms, input: { KeyId: string; Plaintext: Buffer; EncryptionContext: Envelope.EncryptionContext }) {
  if (input.Plaintext.length === 0 || input.Plaintext.length > PLAINTEXT_BYTES) {
    throw new KmsError("ValidationException", `Plaintext: give 1 to ${PLAINTEXT_BYTES} bytes, or use a data key.`);
  }
  const key = Key.find(kms.keys, input.KeyId);
  const sealed = Envelope.seal(key, input.Plaintext, input.EncryptionContext);
  return { CiphertextBlob: sealed.toString("base64"), KeyId: key.arn, EncryptionAlgorithm: ALGORITHM };
}

function decrypt(
  kms: Kms,
  input: { KeyId?: string | undefined; CiphertextBlob: Buffer; EncryptionContext: Envelope.EncryptionContext },
): object {
  const expected = input.KeyId === undefined ? undefined : Key.find(kms.keys, input.KeyId);
  const { key, plaintext } = Envelope.unseal(kms.keys, input.CiphertextBlob, input.EncryptionContext);
  if (expected && expected !== key) {
    throw new KmsError("IncorrectKeyException", "The ciphertext was encrypted under another key than KeyId names.");
  }
  return { Plaintext: plaintext.toString("base64"), KeyId: key.arn, EncryptionAlgorithm: ALGORITHM };
}
