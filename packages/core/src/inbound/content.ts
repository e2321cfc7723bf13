import * as Body from "../mime/read/body.ts";
import * as Entity from "../mime/read/entity.ts";
import * as File from "../mime/read/file.ts";
import * as Text from "../mime/read/text.ts";
import * as Uuencode from "../mime/read/uuencode.ts";

/** A file in a mail that came in: its name is safe to show and to store under. */
export type Part = File.Sound;

/** What a mail says to people. Lines end with LF. */
export interface Content {
  /** Null = it has none of the kind, or begins with what is HTML alone. */
  readonly text: string | null;
  /** All there is, plain text among it escaped; null = nothing of it is HTML. As it came: whoever shows it cleans it. */
  readonly html: string | null;
  readonly files: readonly Part[];
  /** Something was left out, for it was too much; in words, null = nothing was. */
  readonly cut: string | null;
}

const limits: Entity.Limits = { parts: 1_000, depth: 20, header: 10 * 1_048_576 };
/** Of the text, and of the HTML, in octets of UTF-8. */
const longest = 1_048_576;

/**
 * Takes a mail apart, whatever it is. Never throws; the time it takes is that of its length, and of memory it takes no
 * more than once again its size. HTML is not looked into: it is neither cleaned nor made text of.
 */
export function read(raw: Uint8Array): Content {
  const { root, complete } = Entity.open(raw, limits);
  const body = Body.of(root);
  const { text, html, written } = say(body);
  const files = [...body.files.map((file, n) => File.of(file, n + 1)), ...written];
  const cut = [
    ...(complete && files.length <= limits.parts
      ? []
      : [`Only the first ${limits.parts} parts of the mail were read.`]),
    ...(text?.cut ? [`Only the first ${longest} octets of the text were read.`] : []),
    ...(html?.cut ? [`Only the first ${longest} octets of the HTML were read.`] : []),
  ].join(" ");
  return {
    text: text?.text ?? null,
    html: html?.text ?? null,
    files: files.slice(0, limits.parts),
    cut: cut === "" ? null : cut,
  };
}

/** The beginning of a text for lists, in one line of at most 200 characters; null where there is HTML alone, or nothing. */
export function excerpt({ text }: Pick<Content, "text">): string | null {
  const line = (text ?? "").slice(0, 2_000).replace(/\s+/g, " ").trim();
  return line === "" ? null : line.slice(0, 200).toWellFormed();
}

/** The texts of a mail, and the files that were written into them. */
function say({ text, html }: Body.Body): { text: Text.Joined | null; html: Text.Joined | null; written: Part[] } {
  const plain = new Map<Entity.Entity, ReturnType<typeof Uuencode.split>>();
  for (const { entity, kind } of [...text, ...html])
    if (kind === "plain" && !plain.has(entity)) plain.set(entity, Uuencode.split(Text.undo(entity)));
  const octets = ({ entity }: Body.Text) => plain.get(entity)?.rest ?? Text.undo(entity);
  const files = [...plain.values()].flatMap((each) => each.files);
  return {
    text: Text.join(text, { octets, most: longest }),
    html: Text.join(html, { octets, most: longest }),
    written: files.map((file, n) => File.written(file, n + 1)),
  };
}
