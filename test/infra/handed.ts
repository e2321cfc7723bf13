/** How an ending is reached: a name as the bundler may have made it another, `store` or `store2`. */
const named = (name: string) => `\\b${name}\\d*`;

/** What is done with a port beside calling its methods by its own name. */
export interface Uses {
  readonly methods: ReadonlySet<string>;
  /** It goes where nobody follows it: whatever it can do may be done there. */
  readonly isLost: boolean;
}

/**
 * Follows a port through a module: its methods called, by `?.` too, taken as values (`keys.map(ports.blobs.get)`) or out of
 * it (`const { send } = ports.ses`), the other names it is given, and the functions that it is handed to.
 * @param all the texts of all modules, where those functions are.
 */
export function uses(text: string, port: string, all: readonly string[]): Uses {
  const methods = new Set<string>();
  const names = new Set([named(port), ...aliases(text, port)]);
  for (const name of names) for (const method of called(text, name)) methods.add(method);
  for (const [, inner = ""] of text.matchAll(
    new RegExp(`\\{ ([\\w:, ]+) \\} = (?:\\w+\\.)*${named(port)}\\b(?![.(])`, "g"),
  ))
    for (const method of inner.split(",")) methods.add(method.split(":")[0]?.trim() ?? "");
  let isLost = false;
  for (const { helper, at } of handedTo(text, port)) {
    const found = within(all, helper, at);
    for (const method of found ?? []) methods.add(method);
    isLost ||= found === undefined;
  }
  return { methods, isLost };
}

/** Methods of a name, called or taken as values. */
const called = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`${name}\\??\\.(\\w+)`, "g"))].map(([, method]) => method ?? "");

/** `{ ses: mailer }` and `const mailer = ports.ses`. */
const aliases = (text: string, port: string): string[] =>
  [
    ...text.matchAll(new RegExp(`\\b${port}: (\\w+)\\b(?!\\()`, "g")),
    ...text.matchAll(new RegExp(`\\b(\\w+) = (?:\\w+\\.)*${named(port)}(?=[;,\\n]|$)`, "g")),
  ].map(([, name]) => `\\b${name ?? port}`);

/** The functions that `ports.<port>` is an argument of, and the place of it; none = it is put away under another name, or answered. */
function handedTo(text: string, port: string): { helper: string; at: number }[] {
  return [...text.matchAll(new RegExp(`\\bports\\d*\\.${port}\\b(?=\\s*[,;)}\\]])`, "g"))].flatMap(({ index }) => {
    const before = text.slice(Math.max(0, index - 80), index);
    // Other names are followed, and a property of its own name is a port by that name
    if (new RegExp(`(?:[^=!<>]= |\\b${port}: )$`).test(before)) return [];
    const { helper, at } = /(?:return|=>|\w:) $/.test(before) ? { helper: "", at: 0 } : call(text, index);
    // A map or set only keeps it as a key
    return /\.(?:get|set|has|delete)$/.test(helper) ? [] : [{ helper, at }];
  });
}

/** The call around a place in a text: its function, and how many arguments come before. */
function call(text: string, index: number): { helper: string; at: number } {
  let at = 0;
  for (let place = index - 1, depth = 0; place >= 0; place--) {
    const letter = text[place] ?? "";
    if (/[)\]}]/.test(letter)) depth++;
    else if (/[[{(]/.test(letter) && depth-- === 0)
      return letter === "(" ? { helper: /[\w.]+$/.exec(text.slice(0, place))?.[0] ?? "", at } : { helper: "", at };
    else if (letter === "," && depth === 0) at++;
  }
  return { helper: "", at };
}

/** What a function does with an argument, by the name that it has there; undefined = the function or the name is not found. */
function within(all: readonly string[], helper: string, at: number): string[] | undefined {
  const start = new RegExp(`(?:function\\*? ${helper}|\\b${helper} = (?:async )?)\\(([^)]*)`);
  for (const text of helper === "" ? [] : all) {
    const found = start.exec(text);
    const name = found?.[1]?.split(",")[at]?.trim();
    if (!found || !name || !/^\w+$/.test(name)) continue;
    const rest = text.slice(found.index + found[0].length);
    const end = rest.search(/\n(?=\S)(?![)}\]])/);
    return called(end < 0 ? rest : rest.slice(0, end), `\\b${name}`);
  }
  return undefined;
}
