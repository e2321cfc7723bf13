import { type ErrorName, statusCodes } from "@posthouse/core/error";
import * as Answer from "./answers.ts";
import { type Components, createComponents } from "./components.ts";
import { configuration } from "./configuration.ts";
import { databases, installation, open, sending } from "./operation.ts";
import type { Route } from "./route.ts";

/** Every operation there is. */
export const routes: readonly Route[] = [...sending, ...databases, ...installation, ...configuration, ...open];

/** The OpenAPI document, made of the schemas the API checks requests with. */
export function document(version: string): object {
  const components = createComponents();
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method]: operation(components, route) };
  const error = {
    description: "What happened and what to do.",
    content: json(components.schema(Answer.error, "output")),
  };
  const bearer = (description: string) => ({ type: "http", scheme: "bearer", description });
  return {
    openapi: "3.1.0",
    info: {
      title: "Posthouse",
      version,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      description:
        "JSON in and out, snake_case, times in ISO 8601 UTC. Unknown fields are refused. Where the Resend API has the same resource, paths, fields and errors are the same.",
    },
    paths,
    components: {
      securitySchemes: {
        database: bearer("A key of the database, `ph_…`; or the operator's key with the header `posthouse-database`."),
        operator: bearer("The operator's key."),
      },
      responses: { Error: error },
      schemas: components.schemas,
    },
  };
}

const json = (schema: object) => ({ "application/json": { schema } });

function operation(components: Components, route: Route): object {
  const { tag, summary, auth, body } = route;
  return {
    tags: [tag],
    summary,
    operationId: `${route.method} ${route.path}`.replace(/[^a-z0-9]+/gi, "_").replace(/_$/, ""),
    description: [route.description, permission(route)].filter(Boolean).join(" "),
    security: auth === "none" ? [] : [{ [auth]: [] }],
    parameters: parameters(components, route),
    ...(body && { requestBody: { required: true, content: json(components.schema(body, "input")) } }),
    responses: responses(components, route),
  };
}

function permission({ auth, method, permission }: Route): string {
  if (auth === "none") return "Takes no key.";
  if (auth === "operator") return "Takes the operator's key.";
  return `Takes a key with \`full_access\`${permission ? ` or \`${permission}\`` : method === "get" ? " or `read_access`" : ""}.`;
}

function parameters(components: Components, { path, query, idempotent, auth }: Route): object[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const { properties = {} } = (query ? components.schema(query, "input") : {}) as {
    properties?: Record<string, { description?: string }>;
  };
  const queries = Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: false,
    ...(description && { description }),
    schema,
  }));
  const header = (name: string, description: string, schema: object) => ({
    name,
    in: "header",
    required: false,
    description,
    schema,
  });
  return [
    ...names,
    ...queries,
    ...(idempotent
      ? [
          header("Idempotency-Key", "The same key and body within 24 hours get the first answer again.", {
            type: "string",
            maxLength: 256,
          }),
        ]
      : []),
    ...(auth === "database"
      ? [header("posthouse-database", "With the operator's key: the name of the database.", { type: "string" })]
      : []),
  ];
}

function responses(components: Components, route: Route): Record<string, object> {
  const { answer, status = 200, also } = route;
  const content =
    typeof answer === "string"
      ? { [answer]: { schema: { type: "string" } } }
      : json(components.schema(answer, "output"));
  return {
    [status]: { description: "Done.", content },
    ...(also && { [also.status]: { description: also.description, content } }),
    ...failures(route),
  };
}

/** Errors by status, with their names. */
function failures({ auth, body, query, path, idempotent, errors = [] }: Route): Record<string, object> {
  const names: ErrorName[] = [
    ...(auth === "none" ? [] : (["missing_api_key", "restricted_api_key", "invalid_api_key"] as const)),
    ...(body || query ? (["validation_error", "invalid_parameter"] as const) : []),
    ...(body ? (["missing_required_field", "request_too_large"] as const) : []),
    ...(path.includes("{") ? (["not_found"] as const) : []),
    ...(auth === "none" ? [] : (["internal_server_error"] as const)),
    ...(idempotent
      ? (["invalid_idempotency_key", "invalid_idempotent_request", "concurrent_idempotent_requests"] as const)
      : []),
    ...errors,
  ];
  const byStatus = Map.groupBy(new Set(names), (name) => statusCodes[name]);
  const entries = [...byStatus].map(([status, found]) => {
    const description = found.map((name) => `\`${name}\``).join(", ");
    return [status, { $ref: "#/components/responses/Error", description }];
  });
  return Object.fromEntries(entries);
}
