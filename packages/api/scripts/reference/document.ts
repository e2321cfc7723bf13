import { type ErrorName, statusCodes } from "@posthouse/core/error";
import { aliases } from "./aliases.ts";
import * as Answer from "./answers.ts";
import { batch } from "./batch.ts";
import { type Components, createComponents } from "./components.ts";
import { configuration } from "./configuration.ts";
import { doctor } from "./doctor.ts";
import { failed } from "./failed.ts";
import { incomingServers } from "./incoming-servers.ts";
import { databases, installation, open, sending } from "./operation.ts";
import { privacy } from "./privacy.ts";
import { received } from "./received.ts";
import type { Route } from "./route.ts";
import { suppressions } from "./suppressions.ts";
import { threads } from "./threads.ts";
import { unsubscribe } from "./unsubscribe.ts";
import { waiting } from "./waiting.ts";
import { webhookDeliveries } from "./webhook-deliveries.ts";
import { webhookEvents } from "./webhook-events.ts";
import { webhooks } from "./webhooks.ts";

/** Every operation there is. */
export const routes: readonly Route[] = [
  ...sending,
  ...batch,
  ...waiting,
  ...failed,
  ...received,
  ...threads,
  ...suppressions,
  ...databases,
  ...privacy,
  ...installation,
  ...doctor,
  ...configuration,
  ...incomingServers,
  ...aliases,
  ...webhooks,
  ...webhookDeliveries,
  ...webhookEvents,
  ...unsubscribe,
  ...open,
];

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

const octets = (type: string) => ({ [type]: { schema: { type: "string", format: "binary" } } });

function operation(components: Components, route: Route): object {
  const { tag, summary, auth, body, bodyType } = route;
  return {
    tags: [tag],
    summary,
    operationId: `${route.method} ${route.path}`.replace(/[^a-z0-9]+/gi, "_").replace(/_$/, ""),
    description: [route.description, permission(route)].filter(Boolean).join(" "),
    security: auth === "none" ? [] : [{ [auth]: [] }],
    parameters: parameters(components, route),
    ...(bodyType !== undefined && { requestBody: { required: true, content: octets(bodyType) } }),
    ...(body && { requestBody: { required: true, content: json(components.schema(body, "input")) } }),
    responses: responses(components, route),
  };
}

function permission({ auth, method, permission }: Route): string {
  if (auth === "none") return "Takes no key.";
  if (auth === "operator") return "Takes the operator's key.";
  return `Takes a key with \`full_access\`${permission ? ` or \`${permission}\`` : method === "get" ? " or `read_access`" : ""}.`;
}

function parameters(components: Components, { path, query, header: own, idempotent, auth }: Route): object[] {
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
    ...(own ? [header(own.name, own.description, components.schema(own.schema, "input"))] : []),
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
  const { answer, status = 200, also, redirect } = route;
  const content =
    typeof answer === "string"
      ? { [answer]: { schema: { type: "string" } } }
      : json(components.schema(answer, "output"));
  return {
    [status]: { description: "Done.", content },
    ...(also && { [also.status]: { description: also.description, content } }),
    ...(redirect !== undefined && { 303: { description: redirect, headers: { location } } }),
    ...failures(route),
    ...pagesOf(route),
  };
}

/** What people are shown in place of an error. */
const pagesOf = ({ pages = {} }: Route): Record<string, object> =>
  Object.fromEntries(
    Object.entries(pages).map(([status, description]) => [
      status,
      { description, content: { "text/html": { schema: { type: "string" } } } },
    ]),
  );

const location = { description: "Where it is.", required: true, schema: { type: "string", format: "uri" } };

/** Every error that an operation may answer: what its kind of operation has, and its own. */
export function errorsOf({ auth, method, body, query, path, idempotent, errors = [] }: Route): Set<ErrorName> {
  const keyed = [
    ...(["validation_error", "missing_api_key", "restricted_api_key", "invalid_api_key"] as const),
    ...(["internal_server_error", "limit_unavailable"] as const),
    // A body that is too large is refused where none is wanted, too
    ...(method === "get" ? [] : (["request_too_large"] as const)),
  ];
  return new Set<ErrorName>([
    ...(auth === "none" ? [] : keyed),
    // The operator names a database, or forgets to, or names one that is not there
    ...(auth === "database" ? (["missing_required_field", "not_found"] as const) : []),
    ...(body || query ? (["invalid_parameter"] as const) : []),
    ...(body ? (["missing_required_field"] as const) : []),
    ...(path.includes("{") ? (["not_found"] as const) : []),
    ...(idempotent ? (["invalid_idempotency_key", "invalid_idempotent_request"] as const) : []),
    ...errors,
  ]);
}

/** Every status that an operation may answer with. */
export function statusesOf(route: Route): Set<number> {
  const { status = 200, also, redirect, pages = {} } = route;
  const done = [
    status,
    ...(also ? [also.status] : []),
    ...(redirect === undefined ? [] : [303]),
    ...Object.keys(pages).map(Number),
  ];
  return new Set([...done, ...[...errorsOf(route)].map((name) => statusCodes[name])]);
}

/** Errors by status, with their names. */
function failures(route: Route): Record<string, object> {
  const byStatus = Map.groupBy(errorsOf(route), (name) => statusCodes[name]);
  const entries = [...byStatus].map(([status, found]) => {
    const description = found.map((name) => `\`${name}\``).join(", ");
    return [status, { $ref: "#/components/responses/Error", description }];
  });
  return Object.fromEntries(entries);
}
