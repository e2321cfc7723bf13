import * as z from "zod";

type JsonSchema = Record<string, unknown>;

/** Schemas as OpenAPI has them, those with an id once. */
export interface Components {
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** A schema, or the reference to it where it has an id; what it is made of likewise. */
  schema(schema: z.ZodType, io: "input" | "output"): JsonSchema;
}

/** Collects the schemas of a document. */
export function createComponents(): Components {
  const schemas: Record<string, JsonSchema> = {};
  return {
    schemas,
    schema(schema, io) {
      const { $schema: _dialect, id: _id, $defs, ...whole } = jsonSchema(schema, io);
      for (const [name, { id: _name, ...definition }] of Object.entries($defs ?? {}))
        schemas[name] ??= moved(definition);
      const id = schema.meta()?.id;
      if (id === undefined) return moved(whole);
      schemas[id] ??= moved(whole);
      return { $ref: `#/components/schemas/${id}` };
    },
  };
}

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. What a schema checks beyond it is said in descriptions. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonSchema & { $defs?: Record<string, JsonSchema> } {
  return z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    target: "draft-2020-12",
    override: ({ jsonSchema }) => {
      // `format` says it; the pattern is 300 characters more at every place
      if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
    },
  }) as JsonSchema;
}

/** Definitions are the document's, not the schema's. */
const moved = (schema: JsonSchema): JsonSchema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
