import * as Header from "../inbound/header.ts";
import * as Entity from "../mime/read/entity.ts";
import * as Text from "../mime/read/text.ts";
import * as Html from "./html.ts";

/** A part of a mail that is no text for people; an attached message is one part. */
export interface Part {
  /** Media type, lower-case. */
  readonly type: string;
  /** Its transfer encoding undone. */
  readonly content: Buffer;
}

/** A mail as far as reports need it. */
export interface Mail {
  /** The first value of a field by its lower-case name; `""` where there is none. */
  readonly field: (name: string) => string;
  /** All texts for people in one; HTML only where there is nothing else. */
  readonly text: string;
  /** In the order of the mail, however they are nested. */
  readonly parts: readonly Part[];
}

/** Octets that are read: what a report says stands in front of the mail it returns. */
const longest = 1_048_576;
/** Octets of one text. */
const longestText = 131_072;
const limits: Entity.Limits = { parts: 1_000, depth: 20, header: 131_072 };

/**
 * Takes a mail apart, whatever it is, for reports: all texts count, whether they are alternatives or files. The time it
 * takes must not depend on who wrote the mail: general parsers also make text of HTML, by expressions that a few hundred
 * octets keep busy for minutes.
 */
export function open(raw: Uint8Array): Mail {
  const mail = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, longest));
  const fields = Header.fields(Header.split(mail).header.subarray(0, limits.header));
  const leaves = [...each(Entity.open(mail, limits).root)];
  const said = (type: string) =>
    leaves
      .filter((leaf) => leaf.type === type)
      .map((leaf) => Text.read(Text.undo(leaf).subarray(0, longestText), leaf))
      .join("\n");
  const plain = said("text/plain");
  return {
    field: (name) => Header.first(fields, name) ?? "",
    text: leaves.some(({ type }) => type === "text/plain") ? plain : Html.toText(said("text/html")),
    parts: leaves
      .filter(({ type }) => type !== "text/plain" && type !== "text/html")
      .map((leaf) => ({ type: leaf.type, content: Text.undo(leaf) })),
  };
}

function* each(entity: Entity.Entity): Generator<Entity.Entity> {
  if (entity.parts.length === 0) yield entity;
  for (const part of entity.parts) yield* each(part);
}
