import { normalize } from "../address/address.ts";
import * as Secret from "../database/secret.ts";
import type { Body } from "../email/body.ts";
import type { Head } from "../email/head.ts";
import { reachOf } from "../operator/public-url.ts";
import type { Ports } from "../ports/main.ts";
import * as Token from "./token.ts";

/** A header field of ours. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** What a one-click request says, as the field announces it and the request repeats it (RFC 8058 §3.1, §3.2). */
export const oneClick = { name: "List-Unsubscribe", value: "One-Click" } as const;

/**
 * The two fields by which a recipient leaves with one click (R-KIND-3, RFC 8058 §3.1): one HTTPS URI, which is theirs alone;
 * HTTP to the machine itself only. None on transactional mail, on mass mail that is said not to be marketing, and where no
 * links are made.
 * @param secrets opens those of the database.
 */
export async function fields(
  ports: Pick<Ports, "store" | "vault" | "operator">,
  { database, id, to }: Pick<Head, "database" | "id" | "to">,
  { asked }: Pick<Body, "asked">,
  secrets = Secret.opening(ports, database),
): Promise<Field[]> {
  const { public_url } = ports.operator;
  if (asked.kind !== "mass" || asked.list_unsubscribe === false || to === undefined) return [];
  if (reachOf(public_url) === "nobody") return [];
  const { token_key } = await secrets();
  const token = Token.make({ database, email: id, address: normalize(to) }, token_key);
  return [
    { name: "List-Unsubscribe", value: `<${public_url}/u/${token}>` },
    { name: "List-Unsubscribe-Post", value: `${oneClick.name}=${oneClick.value}` },
  ];
}
