/** At most so many characters, what file systems take and one line of a header holds. */
const longest = 255;

/** At most 255 characters; what follows the last dot stays. */
export function clip(filename: string): string {
  if (filename.length <= longest) return filename;
  const extension = /\.[\w-]{1,20}$/.exec(filename)?.[0] ?? "";
  return filename.slice(0, longest - extension.length).toWellFormed() + extension;
}

/**
 * The name a mail gives to a file as one that harms nobody: no folder, no control characters, and none that turn the
 * direction of what follows, for `cod.exe` would read `exe.doc`. `""` where nothing is left.
 */
export function clean(filename: string): string {
  const name = filename
    .slice(0, 4_096)
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "")
    .replace(/^.*\\/, "")
    .replaceAll("/", "_")
    .trim()
    .replace(/^\.+/, "");
  return clip(name.trim()).trim();
}
