import { randomBytes, randomUUID } from "node:crypto";
import { KmsError } from "./error.ts";

/** Alias of the key made at the first start. */
export const ALIAS = "alias/posthouse";

/** A symmetric key. `material` is 32 bytes in base64, `createdAt` epoch milliseconds. */
export interface Key {
  id: string;
  arn: string;
  description: string;
  createdAt: number;
  material: string;
}

/** A new key with random material. */
export function create(place: { region: string; accountId: string }, description: string, now: number): Key {
  const id = randomUUID();
  const arn = `arn:aws:kms:${place.region}:${place.accountId}:key/${id}`;
  return { id, arn, description, createdAt: now, material: randomBytes(32).toString("base64") };
}

/** The key a request names by id, ARN, or alias (of the first key); `NotFoundException` for any other. */
export function find(keys: Key[], reference: string): Key {
  const alias = keys[0] && [ALIAS, keys[0].arn.replace(/key\/.*$/, ALIAS)].includes(reference) ? keys[0] : undefined;
  const key = alias ?? keys.find(({ id, arn }) => id === reference || arn === reference);
  if (!key) throw new KmsError("NotFoundException", `Key '${reference}' does not exist`);
  return key;
}
