import * as keys from "../keys.ts";
import type { Place } from "../line/line.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Key } from "../ports/store.ts";
import * as Email from "./email.ts";

/**
 * Ends the mail that stood in a line when the table was as it is: it may have been let through since.
 * @param span see {@link Email.end}. @returns how many were ended.
 */
export async function end(ports: Ports, { pk, sk }: Key, span: Email.Span): Promise<number> {
  if (!pk.startsWith("LINE#")) return 0;
  const line: Item | undefined = await ports.store.get({ pk, sk }, { consistent: true });
  if (!line) return 0;
  const database = String(line["database"]);
  let ended = 0;
  let cursor: string | undefined;
  do {
    const query = { pk, prefix: keys.placePrefix, limit: 100, consistent: true } as const;
    const page = await ports.store.query({ ...query, ...(cursor !== undefined && { cursor }) });
    for (const { id } of page.items as unknown as Place[])
      ended += await Email.end(ports, keys.emailHead(database, id), span);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ended;
}
