import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";

/**
 * A key's name, trimmed.
 * @throws AppError invalid_parameter for a blank one, one over 100 characters, or one with control characters.
 */
export function cleanName(name: string): string {
  const text = name.trim();
  if (text !== "" && text.length <= 100 && !/\p{Cc}/u.test(text)) return text;
  throw new AppError("invalid_parameter", "name is to be 1 to 100 characters without line breaks.", {
    details: { field: "name" },
  });
}

/**
 * When a key is to end, as ISO 8601 UTC; null = never.
 * @throws AppError invalid_parameter for what is no time, or is past.
 */
export function cleanEnd({ clock }: Pick<Ports, "clock">, expires_at: string | null | undefined): string | null {
  if (expires_at === undefined || expires_at === null) return null;
  const at = Date.parse(expires_at);
  if (at > clock.now()) return new Date(at).toISOString();
  throw new AppError("invalid_parameter", "expires_at is to be a time to come, as 2030-01-01T00:00:00Z.", {
    details: { field: "expires_at" },
  });
}

/** Whether a key opens nothing any more. @param now ms */
export const hasEnded = ({ valid_until }: { readonly valid_until?: string | null }, now: number): boolean =>
  typeof valid_until === "string" && Date.parse(valid_until) <= now;
