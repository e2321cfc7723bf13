import { badRequest } from "./error.ts";

/** A message tag as SendEmail takes it. */
export interface MessageTag {
  Name: string;
  Value: string;
}

/** Checks tags and turns them into a map. `BadRequestException` unless all are ASCII letters, digits, `_` and `-`. */
export function collect(tags: MessageTag[], length: number): Record<string, string> {
  const map = new Map<string, string>();
  for (const { Name, Value } of tags) {
    if (!valid(Name, length) || !valid(Value, length)) {
      throw badRequest(`Invalid message tag: use 1 to ${length} of A-Z, a-z, 0-9, '_' and '-' for name and value.`);
    }
    if (map.has(Name)) throw badRequest(`Duplicate message tag '${Name}'.`);
    map.set(Name, Value);
  }
  return Object.fromEntries(map);
}

function valid(text: string, length: number): boolean {
  return text.length <= length && /^[A-Za-z0-9_-]+$/.test(text);
}

/** Tags of an `X-SES-MESSAGE-TAGS` header: `name=value, name=value`. */
export function parse(header: string): MessageTag[] {
  return header
    .split(/[,;]/)
    .filter((part) => part.trim())
    .map((part) => {
      const [Name = "", Value = ""] = part.split("=", 2).map((text) => text.trim());
      return { Name, Value };
    });
}
