import type { DatabaseSecrets } from "../database/secret.ts";
import { withToken } from "../thread/token.ts";
import type { Body } from "./body.ts";
import type { Head } from "./head.ts";

/**
 * A body as it goes out, with the reply token in its Reply-To where that is taken (R-REW-4): that of the message it tells
 * of, else its own. Nothing is opened for any other mail.
 * @param secrets opens those of the database.
 */
export async function tokened<B extends Body>(
  { id, message }: Pick<Head, "id" | "message">,
  body: B,
  secrets: () => Promise<DatabaseSecrets>,
): Promise<B> {
  if (!body.reply_token) return body;
  const { token_key } = await secrets();
  return { ...body, reply_to: body.reply_to.map((address) => withToken(address, message ?? id, token_key)) };
}
