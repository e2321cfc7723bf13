import type { Loaded } from "../configuration/load.ts";
import { change } from "../database/change.ts";
import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type AliasInput, blank, draft, type NewAlias } from "./draft.ts";
import { type Edit, write } from "./edit.ts";
import * as Find from "./find.ts";
import type { AliasRecord } from "./record.ts";

/** A routing alias as its database sees it. */
export interface AliasView extends Omit<AliasRecord, "domain_id" | "last_mail_at"> {
  /** The id of its alias domain. */
  readonly domain: AliasRecord["domain_id"];
  /** When mail last came through it. */
  readonly last_mail_at: string | null;
}

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator" | "actor">;

const view = ({ domain_id, last_mail_at, ...alias }: AliasRecord): AliasView => ({
  ...alias,
  domain: domain_id,
  last_mail_at: last_mail_at ?? null,
});

/**
 * Makes a routing alias (R-IN-3): on the alias domain named, else on that of the first company.
 * @param key makes it once for an idempotency key.
 * @throws AppError invalid_parameter; conflict when the address is another alias or a domain's own (R-DOM-4), or there
 *   are 10,000.
 */
export async function create(
  ports: Needs & Pick<Ports, "vault">,
  version: Version,
  input: NewAlias,
  key?: Idempotency,
): Promise<AliasView> {
  const decide = async (loaded: Loaded) => {
    const after = draft(loaded.domains, blank(ports, loaded), input);
    return { ...(await write(ports, version.id, [{ after }])), result: view(after) };
  };
  return once(ports, version.id, key, (claims) => change(ports, version, decide, claims));
}

/** @throws AppError not_found */
export const get = async (ports: Pick<Ports, "store">, version: Version, id: string): Promise<AliasView> =>
  view(await Find.get(ports, version.id, id));

/** Which aliases: so many after the one of an id, or before it. */
export interface ListQuery {
  readonly limit: number;
  readonly after?: string;
  readonly before?: string;
}

/**
 * A page of the aliases, in the order of their addresses.
 * @throws AppError invalid_parameter for an `after` or `before` that names none.
 */
export async function list(
  ports: Pick<Ports, "store">,
  { id: db }: Pick<Version, "id">,
  { limit, after, before }: ListQuery,
): Promise<{ readonly data: readonly AliasView[]; readonly has_more: boolean }> {
  const forward = before === undefined;
  const [field, named] = forward ? ["after", after] : ["before", before];
  const at = named === undefined ? {} : { [forward ? "above" : "below"]: await place(ports, db, field ?? "", named) };
  const { pk } = keys.alias(db, "");
  const { items } = await ports.store.query({ pk, ...at, limit: limit + 1, descending: !forward, consistent: true });
  const found = items.slice(0, limit).map((item) => view(Find.fromItem(item)));
  return { data: forward ? found : found.toReversed(), has_more: items.length > limit };
}

async function place(ports: Pick<Ports, "store">, db: string, field: string, id: string): Promise<string> {
  const address = await Find.addressOf(ports, db, id);
  if (address !== undefined) return address;
  throw new AppError("invalid_parameter", `\`${field}\` names nothing in this list: give an id of it.`, {
    details: { field },
  });
}

/**
 * Changes a routing alias; its id stays whatever its address becomes.
 * @throws AppError not_found; as {@link create} does.
 */
export async function patch(ports: Needs, version: Version, id: string, input: AliasInput): Promise<AliasView> {
  return edit(ports, version, id, ({ domains }, before) => ({ before, after: draft(domains, before, input) }));
}

/**
 * Deletes a routing alias: mail to it finds no route from this moment on, but answers to old mail are answers for 400 days.
 * @throws AppError not_found
 */
export async function remove(ports: Needs, version: Version, id: string): Promise<void> {
  await edit(ports, version, id, (_loaded, before) => ({ before }));
}

async function edit(
  ports: Needs,
  version: Version,
  id: string,
  decide: (loaded: Loaded, before: AliasRecord) => Edit,
): Promise<AliasView> {
  return change(ports, version, async (loaded) => {
    const before = await Find.get(ports, version.id, id);
    const decided = decide(loaded, before);
    return { ...(await write(ports, version.id, [decided])), result: view(decided.after ?? before) };
  });
}
