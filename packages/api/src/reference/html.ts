/** What of an OpenAPI document the page shows. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Schemas };
}

type Schemas = Readonly<Record<string, Schema>>;

interface Operation {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** Renders the reference as one page that loads nothing: no script, no font, no style from elsewhere. */
export function render(document: unknown): string {
  const { info, paths, components } = document as OpenApi;
  const schemas = components?.schemas ?? {};
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const groups = [...Map.groupBy(entries, ({ operation }) => operation.tags[0] ?? "")];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escape(info.title)} ${escape(info.version)}: API reference</title><style>${style}</style></head>
<body><nav>${groups.map(index).join("")}</nav>
<main><h1>${escape(info.title)} <small>${escape(info.version)}</small></h1><p>${prose(info.description)}</p>
${groups.map((group) => section(schemas, group)).join("\n")}</main></body></html>`;
}

const index = ([tag, entries]: [string, Entry[]]): string =>
  `<h2>${escape(tag)}</h2><ul>${entries
    .map(({ operation }) => `<li><a href="#${operation.operationId}">${escape(operation.summary)}</a></li>`)
    .join("")}</ul>`;

const section = (schemas: Schemas, [tag, entries]: [string, Entry[]]): string =>
  `<section><h2>${escape(tag)}</h2>${entries.map((entry) => article(schemas, entry)).join("")}</section>`;

function article(schemas: Schemas, { method, path, operation }: Entry): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  return `<article id="${operationId}"><h3>${escape(summary)}</h3>
<p class="path"><b>${method.toUpperCase()}</b> <code>${escape(path)}</code></p><p>${prose(description)}</p>
${table("Parameters", parameters.map(parameterRow))}${body(schemas, "Body", requestBody?.content)}
${Object.entries(responses)
  .map((each) => response(schemas, each))
  .join("")}</article>`;
}

const parameterRow = ({ name, in: where, description, schema }: Parameter): string =>
  row(name, `${type(schema)}, ${where}`, description);

function response(
  schemas: Schemas,
  [status, { description, content }]: [string, Operation["responses"][string]],
): string {
  if (content && status < "400") return body(schemas, `Answer ${status}`, content);
  return `<p class="error"><b>${status}</b> ${prose(description)}</p>`;
}

function body(schemas: Schemas, title: string, content: Content | undefined): string {
  return Object.entries(content ?? {})
    .map(([media, { schema }]) => {
      const { properties = {}, required = [] } = schemas[nameOf(schema) ?? ""] ?? schema;
      const fields = Object.entries(properties).map(([name, field]) =>
        row(name, `${type(field)}${required.includes(name) ? "" : ", optional"}`, field.description),
      );
      return table(`${title} <small>${escape(media)}</small>`, fields);
    })
    .join("");
}

/** What a schema refers to, where it is a reference. */
const nameOf = ({ $ref }: Schema): string | undefined => $ref?.slice("#/components/schemas/".length);

const table = (title: string, rows: readonly string[]): string =>
  rows.length === 0 ? "" : `<h4>${title}</h4><table>${rows.join("")}</table>`;

const row = (name: string, type: string, description?: string): string =>
  `<tr><td><code>${escape(name)}</code></td><td>${type}</td><td>${prose(description)}</td></tr>`;

function type(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== undefined) return escape(name);
  if (schema.enum) return schema.enum.map((value) => `<code>${escape(String(value))}</code>`).join(" | ");
  if (schema.const !== undefined) return `<code>${escape(JSON.stringify(schema.const))}</code>`;
  if (schema.anyOf) return schema.anyOf.map(type).join(" | ");
  if (typeof schema.items === "object") return `list of ${type(schema.items)}`;
  return escape([schema.type ?? "any"].flat().join(" | "));
}

/** Text with its `code` marked. */
const prose = (text = ""): string => escape(text).replace(/`([^`]+)`/g, "<code>$1</code>");

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
/** Text as it stands in HTML. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => escapes[char] ?? char);

const style = `:root{color-scheme:light dark;--line:#8884;--soft:#8882}body{margin:0;font:16px/1.5 system-ui,sans-serif;display:flex}
nav{flex:0 0 17rem;height:100vh;overflow:auto;position:sticky;top:0;padding:1rem;box-sizing:border-box;border-right:1px solid var(--line)}
nav h2{font-size:.9rem;margin:1rem 0 .2rem}nav ul{list-style:none;margin:0;padding:0;font-size:.85rem}nav a{color:inherit;text-decoration:none}nav a:hover{text-decoration:underline}
main{padding:1rem 2rem;max-width:60rem;min-width:0}article{border-top:1px solid var(--line);padding:.5rem 0 1.5rem}h4{margin:1rem 0 .3rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}td{border-top:1px solid var(--line);padding:.25rem .75rem .25rem 0;vertical-align:top}
code{background:var(--soft);padding:.1em .3em;border-radius:3px}.path b{margin-right:.5em}.error{margin:.3rem 0;font-size:.9rem}small{font-weight:400;opacity:.7}
@media(max-width:50rem){body{display:block}nav{position:static;height:auto;border-right:0}}`;
