import { definition, expiry } from "@posthouse/local/table";
import { all, list, part, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** The table has the keys, indexes and TTL of the embedded one, which the tests run on. */
export const table: Check = ({ stack }) => {
  const tables = all(stack, "dynamodb/table:Table");
  const [one] = tables;
  if (!one || tables.length > 1) return [`there are ${tables.length} tables`];
  const { inputs } = one;
  const deployed = [
    `${text(one, "hashKey")} ${text(one, "rangeKey")}`,
    ...list(inputs, "globalSecondaryIndexes").map(({ name, hashKey, rangeKey, projectionType }) =>
      [name, hashKey, rangeKey, projectionType].join(" "),
    ),
    ...list(inputs, "attributes").map(({ name, type }) => [name, type].join(" ")),
    `ttl ${String(part(inputs, "ttl")["attributeName"])}`,
    text(one, "billingMode"),
  ];
  const names = (schema: readonly { AttributeName?: string | undefined }[]) =>
    schema.map(({ AttributeName }) => AttributeName).join(" ");
  const embedded = [
    names(definition.KeySchema),
    ...definition.GlobalSecondaryIndexes.map(
      ({ IndexName, KeySchema = [], Projection }) => `${IndexName} ${names(KeySchema)} ${Projection?.ProjectionType}`,
    ),
    ...definition.AttributeDefinitions.map(({ AttributeName, AttributeType }) => `${AttributeName} ${AttributeType}`),
    `ttl ${expiry}`,
    definition.BillingMode,
  ];
  return [
    ...embedded.filter((line) => !deployed.includes(line)).map((line) => `the table lacks ${line}`),
    ...deployed.filter((line) => !embedded.includes(line)).map((line) => `the embedded table lacks ${line}`),
  ];
};
