/** A structured value without its comments (RFC 5322 §3.2.2), which nest; what is quoted stays. */
export function remove(text: string): string {
  let [kept, depth, quoted] = ["", 0, false];
  for (let n = 0; n < text.length; n++) {
    const letter = text.charAt(n);
    if (letter === "\\" && (quoted || depth > 0)) {
      if (depth === 0) kept += text.slice(n, n + 2);
      n++;
    } else if (letter === '"' && depth === 0) {
      quoted = !quoted;
      kept += letter;
    } else if (letter === "(" && !quoted) depth++;
    else if (letter === ")" && !quoted && depth > 0) depth--;
    else if (depth === 0) kept += letter;
  }
  return kept;
}
