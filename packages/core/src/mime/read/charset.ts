/** Names that mailers give to charsets, and that the standard of encodings does not know. */
const aliases: Readonly<Record<string, string>> = {
  cp932: "shift_jis",
  ms932: "shift_jis",
  "shift-jisx0213": "shift_jis",
  "cp-1252": "windows-1252",
  ansi: "windows-1252",
  cp936: "gbk",
  ms936: "gbk",
  "euc-cn": "gbk",
  cp949: "euc-kr",
  ms949: "euc-kr",
  uhc: "euc-kr",
  cp950: "big5",
  latin9: "iso-8859-15",
  "latin-9": "iso-8859-15",
  "latin-1": "iso-8859-1",
  utf16: "utf-16",
  "iso-2022-jp-2": "iso-2022-jp",
  "iso-2022-jp-ms": "iso-2022-jp",
  cp50220: "iso-2022-jp",
  cp50221: "iso-2022-jp",
  "x-sjis-jp": "shift_jis",
  eucjp: "euc-jp",
  "euc-jp-ms": "euc-jp",
};

/** Octets as text; null in a charset that nobody knows. */
export function known(octets: Uint8Array, charset: string): string | null {
  for (const label of [charset.trim(), normalize(charset)]) {
    try {
      return new TextDecoder(label).decode(octets);
    } catch (error) {
      // of a charset it does not know; anything else is a bug of ours
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return null;
}

/**
 * The same whatever the charset is said to be. One that nobody knows, that is not given, or that cannot be (ASCII with
 * octets over 127) is taken for UTF-8, and where the octets are no UTF-8, for Windows-1252.
 */
export function decode(octets: Uint8Array, charset = ""): string {
  const name = normalize(charset);
  if (name === "" || name === "us-ascii" || name === "utf-8") return guess(octets);
  return (known(octets, charset) ?? guess(octets)).toWellFormed();
}

function normalize(charset: string): string {
  const name = charset
    .trim()
    .toLowerCase()
    .replace(/_/g, "-")
    .replace(/^(?:x-)?(?:windows|win|cp)-?(125\d)$/, "windows-$1");
  if (/^(?:utf-?8.{0,10}|unicode-1-1-utf-8)$/.test(name)) return "utf-8";
  if (/^(?:us-?ascii|ascii|ansi-x3\.4-19\d\d|iso646-us)$/.test(name)) return "us-ascii";
  return aliases[name] ?? name.replace(/^(?:iso|latin)-?8859-?(\d{1,2}(?:-[ei])?)$/, "iso-8859-$1");
}

/** UTF-8 with an octet or two that went wrong stays UTF-8. */
function guess(octets: Uint8Array): string {
  const text = new TextDecoder().decode(octets);
  const wrong = count(text, 0xfffd);
  if (wrong === 0 || wrong * 2 < wide(text)) return text;
  return new TextDecoder("windows-1252").decode(octets);
}

function count(text: string, unit: number): number {
  let found = 0;
  for (let n = 0; n < text.length; n++) if (text.charCodeAt(n) === unit) found++;
  return found;
}

/** Characters outside ASCII. */
function wide(text: string): number {
  let found = 0;
  for (let n = 0; n < text.length; n++) if (text.charCodeAt(n) > 0x7f) found++;
  return found;
}
