import type { Patience } from "../answer/pace.ts";
import { type Loaded, load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import * as Former from "../domain/former.ts";
import type { Authentication } from "../ports/mail-auth.ts";
import type { Ports } from "../ports/main.ts";
import type { Content } from "./content.ts";
import type { Names } from "./destination.ts";
import type { Mail } from "./mail.ts";
import type { Receipt } from "./receipt.ts";

/** A mail that was read, with what is found out about it at most once, and only where somebody asks. */
export interface Letter {
  readonly receipt: Receipt;
  readonly mail: Mail;
  readonly content: () => Content;
  readonly authentication: () => Promise<Authentication | null>;
  /** What is left of the time that automatic answers may take. */
  readonly patience: Patience;
}

/** A mail for one database. */
export interface Copy extends Letter {
  readonly version: Version;
}

/** A database as mail finds it. */
export interface Home {
  readonly loaded: Loaded;
  readonly former: readonly Former.FormerRecord[];
  readonly names: Names;
}

/** Reads what of a database decides over its mail. */
export async function home(ports: Pick<Ports, "store" | "clock" | "operator">, version: Version): Promise<Home> {
  const [loaded, former] = await Promise.all([load(ports, version), Former.list(ports, version.id)]);
  const fallback = `${version.name}.${ports.operator.root_domain}`;
  const own = [
    ...loaded.domains.map(({ name }) => name),
    ...former.map(({ address }) => address.slice(address.lastIndexOf("@") + 1)),
  ];
  return { loaded, former, names: { fallback, own: new Set(own.filter((name) => name !== fallback)) } };
}
