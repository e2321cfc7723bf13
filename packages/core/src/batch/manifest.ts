import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Loaded } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import * as Body from "../email/body.ts";
import type { Kind } from "../email/head.ts";
import { lifetimePrefix } from "../email/lifetime.ts";
import * as Outline from "../email/outline.ts";
import type { LeftOut } from "../email/request.ts";
import type { ErrorName } from "../error.ts";
import type { Id } from "../id.ts";
import type { Ports } from "../ports/main.ts";
import type { Why } from "../suppression/among.ts";
import type { Place } from "./record.ts";

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** An entry of a request that is not sent. */
export interface Refusal {
  /** Its place in the request. */
  readonly index: number;
  readonly name: ErrorName;
  readonly message: string;
}

/** A mail of a batch that is to be sent. */
export interface Entry extends Outline.Drafted {
  /** Its place in the request. */
  readonly index: number;
}

/** What a batch is made of: the items of its mails, and how each of its entries is answered. */
export interface Manifest extends Pick<Made, "refusals" | "left"> {
  readonly entries: readonly Entry[];
}

/** An entry of a request that was checked and routed. */
export interface Outlined {
  readonly index: number;
  readonly outline: Outline.Outline;
}

/** What a request comes to before anything is written. */
export interface Made {
  readonly outlined: readonly Outlined[];
  readonly refusals: readonly Refusal[];
  /** Recipients that no mail is made for (R-KIND-3). */
  readonly left?: readonly LeftOut[];
}

/** A batch ready to be written. */
export interface Packed {
  readonly place: Place;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
}

/**
 * Makes the object of a batch: every body by itself, so that one is read without the others, and what several mails have in
 * common once; then the manifest.
 */
export async function pack(
  ports: Ports,
  version: Version,
  loaded: Loaded,
  id: Id<"batch">,
  { outlined, refusals, left }: Made,
): Promise<Packed> {
  const suppressed = await suppressedOf(ports, version.id, outlined);
  const stored = ({ outline: { common, content } }: Outlined) => common ?? content;
  const bodies = new Map(outlined.map((each) => [stored(each), each.outline.bodyEnd]));
  const parts = await Promise.all([...bodies].map(([body, end]) => Body.zip(body, end)));
  const ranges = new Map([...bodies.keys()].map((body, n) => [body, rangeOf(parts, n)]));
  const longest = Math.max(...outlined.map(({ outline }) => outline.bodyEnd - outline.now / 1000));
  const blob = `${lifetimePrefix(longest)}/${version.id}/${id}`;
  const entries = outlined.map((each): Entry => {
    const { index, outline } = each;
    const blob_range = ranges.get(stored(each));
    const body = { blob, ...(blob_range && { blob_range }) };
    return { index, ...Outline.drafted(ports, version, loaded, outline, suppressed[outline.kind], body) };
  });
  const manifest: Manifest = { entries, refusals, ...(left && { left }) };
  const all = [...parts, await compress(JSON.stringify(manifest))];
  const place = { id, blob, manifest: rangeOf(all, parts.length) };
  return { place, manifest, bytes: Buffer.concat(all) };
}

/** First and last byte of a part among those that follow each other. */
function rangeOf(parts: readonly Uint8Array[], n: number): readonly [number, number] {
  const first = parts.slice(0, n).reduce((sum, { length }) => sum + length, 0);
  return [first, first + (parts[n]?.length ?? 0) - 1];
}

/** @returns undefined when the object is gone. */
export async function read(
  { blobs }: Pick<Ports, "blobs">,
  { blob, manifest }: Pick<Place, "blob" | "manifest">,
): Promise<Manifest | undefined> {
  const bytes = await blobs.get(blob, manifest);
  return bytes && (JSON.parse((await expand(bytes)).toString("utf8")) as Manifest);
}

/** One look at the list for each kind, whatever the number of mails. */
async function suppressedOf(
  ports: Ports,
  db: string,
  outlined: readonly Outlined[],
): Promise<Record<Kind, ReadonlyMap<string, Why>>> {
  const of = (kind: Kind) => {
    const outlines = outlined.flatMap(({ outline }) => (outline.kind === kind ? [outline] : []));
    return outlines.length === 0 ? new Map<string, Why>() : Outline.suppressedOf(ports, db, kind, outlines);
  };
  const [transactional, mass] = await Promise.all([of("transactional"), of("mass")]);
  return { transactional, mass };
}
