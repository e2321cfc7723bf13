import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";

/** Characters of an endpoint's URL at most. */
const most = 2_000;

/**
 * The URL of an endpoint, as it was given: `https:` (`http:` only where the installation may reach private hosts),
 * without credentials and fragment, and not to a private address (G7). Where a name leads to is looked at with each
 * delivery, since it can change.
 * @throws AppError invalid_parameter
 */
export async function cleanUrl({ http }: Pick<Ports, "http">, text: string): Promise<string> {
  if (text.length > most) throw refusal(`is longer than ${most.toLocaleString("en")} characters`);
  if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(text)) throw refusal("is no URL: give one as https://example.com/hook");
  const { username, password, hash } = new URL(text);
  if (username !== "" || password !== "")
    throw refusal("holds a username or password: leave them out, what is sent is signed");
  if (hash !== "" || text.endsWith("#")) throw refusal("has a fragment: leave out what follows the `#`");
  const why = await http.refusal(text);
  if (why !== null) throw refusal(why);
  return text;
}

const refusal = (why: string): AppError =>
  new AppError("invalid_parameter", `endpoint ${why}.`, { details: { field: "endpoint" } });
