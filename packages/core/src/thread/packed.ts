import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { isBusy } from "../configuration/commit.ts";
import type { Ports } from "../ports/main.ts";
import { retry } from "../retry.ts";

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Compressed values up to this many bytes are an attribute of their item, larger ones an object. */
const itemBytes = 100_000;

/** A value ready to be stored: its bytes, and the key of its object where they are too many for an item. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly blob?: string;
}

/** Compresses a value. @param blob the key of its object, where it gets one; @param most bytes that an item takes. */
export async function pack(value: unknown, blob: string, most = itemBytes): Promise<Packed> {
  const bytes = await compress(JSON.stringify(value));
  return bytes.length <= most ? { bytes } : { bytes, blob };
}

/** The attributes that hold it, or lead to it. */
export const attributes = ({ bytes, blob }: Packed): { readonly data: Uint8Array } | { readonly blob: string } =>
  blob === undefined ? { data: bytes } : { blob };

/** Writes the object, where there is one. It comes before the item that leads to it. */
export async function write(
  { blobs, ...ports }: Pick<Ports, "blobs" | "clock" | "random">,
  { bytes, blob }: Packed,
): Promise<void> {
  if (blob !== undefined) await retry(ports, isBusy, () => blobs.put(blob, bytes));
}

/** The value that an item holds or leads to; undefined where it is gone. */
export async function read<T>(
  { blobs }: Pick<Ports, "blobs">,
  { data, blob }: Readonly<Record<string, unknown>>,
): Promise<T | undefined> {
  const bytes = blob === undefined ? (data as Uint8Array | undefined) : await blobs.get(blob as string);
  return bytes && (JSON.parse((await expand(bytes)).toString("utf8")) as T);
}
