const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: " " };

/** HTML as lines of text, well enough to find addresses and codes in it. */
export const toText = (html: string): string =>
  html
    .replace(/<(?:br|\/p|\/div|\/tr|\/td|\/li|\/h\d)\b[^<>]{0,200}>/gi, "\n")
    .replace(/<[^<>]{0,2000}>/g, "")
    .replace(/&#(\d{2,5});/g, (_, point: string) => String.fromCharCode(Number(point)))
    .replace(/&([a-z]{2,4});/gi, (all, name: string) => entities[name.toLowerCase()] ?? all);
