import type { Change } from "./change.ts";
import type { Person } from "./mail.ts";

/**
 * Scanners, and what makes previews, say so. The image proxies of Gmail and Yahoo are none of them: they fetch when the
 * reader opens.
 */
const scanners = /Barracuda|Mimecast|Proofpoint|BingPreview/i;
/** Mail Privacy Protection of Apple Mail says nothing but this. */
const apple = "Mozilla/5.0";
/** Nobody reads a mail as fast as this after its delivery, in ms: it was scanned. */
const prefetch = 3_000;

/**
 * Whether a mail was opened, or a link of it followed, by a machine: a scanner, a preview, a prefetch. Of several recipients
 * it may be any: too soon is what was too soon for each who is known to have got it.
 */
export function isMachine(
  people: readonly Pick<Person, "facts">[],
  { kind, user_agent = "", at }: Pick<Change, "kind" | "user_agent" | "at">,
): boolean {
  if (kind !== "opened" && kind !== "clicked") return false;
  if (user_agent.trim() === apple || scanners.test(user_agent)) return true;
  const delivered = people.flatMap(({ facts }) =>
    facts.delivered_at === undefined ? [] : Date.parse(facts.delivered_at),
  );
  return delivered.length > 0 && Date.parse(at) - Math.min(...delivered) < prefetch;
}
