import { type Download, download } from "../attachment/copy.ts";
import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import * as Content from "./content.ts";
import { find } from "./history.ts";
import type { RecordRef } from "./record.ts";

/** A file of a message by its place. @throws AppError not_found, invalid_parameter */
export async function read(
  ports: Pick<Ports, "store" | "blobs" | "clock">,
  version: Version,
  ref: RecordRef,
  id: string,
  place: string,
): Promise<Download> {
  const { item } = await find(ports, version, ref, id);
  const n = /^\d{1,4}$/.test(place) ? Number(place) : -1;
  const file = (await Content.files(ports, item))[n];
  if (!file) throw new AppError("not_found", "The message has no such attachment: its `attachments` say which it has.");
  return download(ports, version.id, id, n, file);
}
