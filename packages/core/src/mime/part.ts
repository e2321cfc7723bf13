import type { MailComposerAttachment } from "nodemailer/lib/mail-composer";
import { detectMimeType } from "nodemailer/lib/mime-funcs";

/** A file that goes with a message. */
export interface Attachment {
  readonly filename: string;
  readonly content: Uint8Array;
  /** A media type (RFC 2045 §5.1) with its parameters; without one, or with a malformed one, by the file's name. */
  readonly content_type?: string;
  /** Without angle brackets: `logo`, for `<img src="cid:logo">`. Such a file goes beside the HTML (RFC 2387). */
  readonly content_id?: string;
  /** Default: `inline` with a content id, else `attachment`. */
  readonly disposition?: "attachment" | "inline";
}

const token = "[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,80}";
const mediaType = new RegExp(`^${token}/${token}(?:[ \\t]*;[ \\t]*${token}=(?:${token}|"[ !#-\\[\\]-~]{0,80}"))*$`);

/** One file as the composer takes it. Only what is named here reaches it: no path, no URL, no raw part. */
export function attachment({
  filename,
  content,
  content_type,
  content_id,
  disposition,
}: Attachment): MailComposerAttachment {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const cid = content_id?.replace(/[^\x21-\x3b\x3d\x3f-\x7e]/g, "_");
  return {
    filename: plain(clip(filename.toWellFormed().replace(/\p{Cc}+/gu, " "))),
    content: bytes,
    ...encoding(typeOf(filename, content_type), bytes),
    ...(cid ? { cid } : {}),
    contentDisposition: disposition ?? (cid ? "inline" : "attachment"),
  };
}

/** What looks like an encoded word would be decoded by readers that decode parameters too, against RFC 2047 §5. */
const plain = (filename: string): string => filename.replace(/=\?(?=[\w.:*-]+\?[bq]\?)/gi, "=_");

/** At most 255 characters, what file systems take and one line of a header holds; what follows the last dot stays. */
function clip(filename: string): string {
  if (filename.length <= 255) return filename;
  const extension = /\.[\w-]{1,20}$/.exec(filename)?.[0] ?? "";
  return filename.slice(0, 255 - extension.length).toWellFormed() + extension;
}

function typeOf(filename: string, given: string | undefined): string {
  const type = given !== undefined && given.length <= 400 && mediaType.test(given) ? given : detectMimeType(filename);
  // a part that says multipart is opened as a container of parts, which the bytes of a file are not
  return /^multipart\//i.test(type) ? "application/octet-stream" : type;
}

/**
 * Base64 for all but messages: those must not be encoded (RFC 2046 §5.2.1) and go as they are where they are 7bit;
 * one that is not would need 8BITMIME all the way, so it goes as plain bytes.
 */
function encoding(
  type: string,
  bytes: Buffer,
): Pick<MailComposerAttachment, "contentType" | "contentTransferEncoding"> {
  if (!/^message\//i.test(type)) return { contentType: type, contentTransferEncoding: "base64" };
  if (isSevenBit(bytes)) return { contentType: type, contentTransferEncoding: "7bit" };
  return { contentType: "application/octet-stream", contentTransferEncoding: "base64" };
}

/** RFC 2045 §2.7: no octet over 127, no NUL, CR and LF only together, lines of at most 998 octets. */
function isSevenBit(bytes: Buffer): boolean {
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes.readUInt8(at);
    if (octet === 0x0d && bytes[at + 1] === 0x0a) {
      at++;
      length = 0;
    } else if (octet === 0 || octet > 0x7f || octet === 0x0d || octet === 0x0a || ++length > 998) return false;
  }
  return true;
}
