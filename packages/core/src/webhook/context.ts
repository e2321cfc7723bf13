import { fromItem } from "../database/version.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { find, list, type Owner } from "./endpoint.ts";
import type { Endpoint } from "./health.ts";
import { keyring } from "./post.ts";

/** What an invocation finds out once for all it delivers. */
export interface Context {
  /** The endpoints of an owner that are enabled. */
  enabled(owner: Owner): Promise<readonly Endpoint[]>;
  /** An endpoint, whether it is enabled or not; undefined when it was deleted. */
  endpoint(owner: Owner, id: string): Promise<Endpoint | undefined>;
  /** The name of a database; undefined when there is no such one. */
  nameOf(db: string): Promise<string | undefined>;
  readonly secrets: ReturnType<typeof keyring>;
}

/** Has looked at nothing yet. */
export function create(ports: Pick<Ports, "store" | "vault" | "clock">): Context {
  const enabled = once(async (owner: Owner) =>
    (await list(ports, owner, { consistent: false })).filter(({ status }) => status === "enabled"),
  );
  const endpoint = once(async (text: string) => {
    const [owner = "", id = ""] = text.split("\n");
    return find(ports, owner as Owner, id);
  });
  return {
    enabled,
    endpoint: (owner, id) => endpoint(`${owner}\n${id}`),
    nameOf: once(async (db: string) => {
      const item = await ports.store.get(keys.version(db));
      return item && fromItem(item).name;
    }),
    secrets: keyring(ports),
  };
}

function once<K, T>(read: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const found = new Map<K, Promise<T>>();
  return (key) => {
    const known = found.get(key) ?? read(key);
    found.set(key, known);
    return known;
  };
}
