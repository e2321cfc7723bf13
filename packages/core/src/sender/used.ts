import * as Address from "../address/address.ts";
import * as Mailbox from "../address/mailbox.ts";
import type { Body } from "../email/body.ts";
import type { Head, Kind } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Store } from "../ports/store.ts";

/** What a From was used for: mass mail is a campaign, other mail comes of a template (R-ADDR-3). */
export type Use = "campaign" | "template";

/** How long a use counts, in ms. */
const counted = 90 * 86_400_000;
const day = 86_400_000;

const useOf: Readonly<Record<Kind, Use>> = { mass: "campaign", transactional: "template" };

/** Uses that this process has written, with the day (since 1970) on which it did. */
const written = new WeakMap<Store, Map<string, number>>();
const remembered = 10_000;

/**
 * Keeps that an email's From went out as the caller gave it (R-ADDR-3): one write a day for each address, use and
 * process. That it could not be written is no reason to doubt that the mail went out.
 */
export async function note(
  ports: Pick<Ports, "store" | "clock" | "log">,
  { database, kind }: Pick<Head, "database" | "kind">,
  body: Pick<Body, "asked" | "from_address">,
): Promise<void> {
  const address = Address.normalize(body.from_address);
  const { from } = body.asked;
  if (from === null || Address.normalize(Mailbox.parse(from, "from").address) !== address) return;
  const now = ports.clock.now();
  const known = written.get(ports.store) ?? new Map<string, number>();
  written.set(ports.store, known);
  const name = `${database} ${useOf[kind]} ${address}`;
  if (known.get(name) === Math.floor(now / day)) return;
  const set = { [`${useOf[kind]}_at`]: now, expires_at: Math.ceil((now + counted) / 1000) };
  try {
    await ports.store.write({ update: keys.sender(database, address), set });
  } catch (error) {
    return ports.log.warn("a sender address was not kept", { database, error });
  }
  known.delete(name);
  known.set(name, Math.floor(now / day));
  const [oldest] = known.keys();
  if (known.size > remembered && oldest !== undefined) known.delete(oldest);
}

/** The addresses that went out unchanged in the last 90 days, each with its uses. */
export async function list(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
): Promise<{ address: string; uses: Use[] }[]> {
  const since = clock.now() - counted;
  const found: { address: string; uses: Use[] }[] = [];
  let cursor: string | undefined;
  do {
    const { pk } = keys.sender(db, "");
    const page = await store.query({ pk, prefix: keys.senderPrefix, ...(cursor !== undefined && { cursor }) });
    for (const item of page.items)
      found.push({ address: item.sk.slice(keys.senderPrefix.length), uses: usesOf(item, since) });
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found.filter(({ uses }) => uses.length > 0);
}

const usesOf = (item: Item, since: number): Use[] =>
  Object.values(useOf).filter((use) => Number(item[`${use}_at`] ?? 0) >= since);
