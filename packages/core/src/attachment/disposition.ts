/** A Content-Disposition by which a file is saved: RFC 6266 with the name in both spellings, ASCII for those who know no other and RFC 8187. */
export function saved(filename: string): string {
  const name = filename.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}/\\]+/gu, "_") || "file";
  const ascii = name.replace(/[^\x20-\x7e]|["%]/g, "_");
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
