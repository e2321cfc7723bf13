import { all, functions, part, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** Every log has an end, and every function has a log of its own, in JSON. */
export const log: Check = ({ stack }) => {
  const groups = all(stack, "cloudwatch/logGroup:LogGroup");
  const endless = groups
    .filter(({ inputs }) => !(Number(inputs["retentionInDays"]) > 0))
    .map(({ name }) => `${name} keeps logs for ever`);
  const without = functions(stack).flatMap(({ name, resource }) => {
    const { logGroup, logFormat } = part(resource.inputs, "loggingConfig");
    const isOwn = groups.some((group) => text(group, "name") === logGroup);
    return [
      ...(isOwn ? [] : [`${name} logs to a group that is not made here`]),
      ...(logFormat === "JSON" ? [] : [`${name} does not log in JSON`]),
    ];
  });
  return [...endless, ...without];
};
