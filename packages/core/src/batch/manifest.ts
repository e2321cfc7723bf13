import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Loaded } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import * as Body from "../email/body.ts";
import type { Kind } from "../email/head.ts";
import { lifetimePrefix } from "../email/lifetime.ts";
import * as Outline from "../email/outline.ts";
import type { ErrorName } from "../error.ts";
import type { Id } from "../id.ts";
import type { Ports } from "../ports/main.ts";
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
export interface Manifest {
  readonly entries: readonly Entry[];
  readonly refusals: readonly Refusal[];
}

/** An entry of a request that was checked and routed. */
export interface Outlined {
  readonly index: number;
  readonly outline: Outline.Outline;
}

/** A batch ready to be written. */
export interface Packed {
  readonly place: Place;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
}

/** Makes the object of a batch: every body by itself, so that one is read without the others, then the manifest. */
export async function pack(
  ports: Ports,
  version: Version,
  loaded: Loaded,
  id: Id<"batch">,
  outlined: readonly Outlined[],
  refusals: readonly Refusal[],
): Promise<Packed> {
  const suppressed = await suppressedOf(ports, version.id, outlined);
  const parts = await Promise.all(outlined.map(({ outline }) => Body.zip(outline.content, outline.bodyEnd)));
  const longest = Math.max(...outlined.map(({ outline }) => outline.bodyEnd - outline.now / 1000));
  const blob = `${lifetimePrefix(longest)}/${version.id}/${id}`;
  let end = 0;
  const entries = outlined.map(({ index, outline }, n): Entry => {
    const first = end;
    end += parts[n]?.length ?? 0;
    const body = { blob, blob_range: [first, end - 1] as const };
    return { index, ...Outline.drafted(ports, version, loaded, outline, suppressed[outline.kind], body) };
  });
  const manifest: Manifest = { entries, refusals };
  const last = await compress(JSON.stringify(manifest));
  const place = { id, blob, manifest: [end, end + last.length - 1] as const };
  return { place, manifest, bytes: Buffer.concat([...parts, last]) };
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
): Promise<Record<Kind, ReadonlySet<string>>> {
  const of = (kind: Kind) => {
    const outlines = outlined.flatMap(({ outline }) => (outline.kind === kind ? [outline] : []));
    return outlines.length === 0 ? new Set<string>() : Outline.suppressedOf(ports, db, kind, outlines);
  };
  const [transactional, mass] = await Promise.all([of("transactional"), of("mass")]);
  return { transactional, mass };
}
