import type { Head } from "../email/head.ts";
import type { Change } from "./change.ts";

/** What fetches the images of a mail for its reader, or before there is one, says so: proxies and scanners. */
const proxies =
  /GoogleImageProxy|YahooMailProxy|YahooCacheSystem|ggpht\.com|Barracuda|Mimecast|Proofpoint|BingPreview/i;
/** Mail Privacy Protection of Apple Mail says nothing but this. */
const apple = "Mozilla/5.0";
/** Nobody reads a mail as fast as this after its delivery, in ms: it was scanned. */
const prefetch = 3_000;

/** Whether a mail was opened, or a link of it followed, by a machine: an image proxy, a scanner, a prefetch. */
export function isMachine(
  { delivered_at }: Pick<Head, "delivered_at">,
  { kind, user_agent = "", at }: Pick<Change, "kind" | "user_agent" | "at">,
): boolean {
  if (kind !== "opened" && kind !== "clicked") return false;
  if (user_agent.trim() === apple || proxies.test(user_agent)) return true;
  return delivered_at !== undefined && Date.parse(at) - Date.parse(delivered_at) < prefetch;
}
