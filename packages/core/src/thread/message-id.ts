import type { Version } from "../database/version.ts";
import type { Ports } from "../ports/main.ts";

/** The Message-Id of a message that has none of its author's: on the default domain, which stays whatever changes. */
export const own = ({ operator }: Pick<Ports, "operator">, { name }: Pick<Version, "name">, id: string): string =>
  `<${id}@${name}.${operator.root_domain}>`;

/** Whether a Message-Id can be a key and stand in a field: ASCII of one line, and not for ever. */
export const isPlain = (id: string): boolean => id.length <= 502 && /^<[\x21-\x3b\x3d\x3f-\x7e]+>$/.test(id);
