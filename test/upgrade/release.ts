import { readFile } from "node:fs/promises";
import type { Ports } from "@posthouse/core/ports/main";
import type { Item } from "@posthouse/core/ports/store";

/** What an earlier release has stored, as `record.ts` wrote it there. */
export interface Release {
  /** When, ms since 1970. */
  readonly recorded_at: number;
  /** A key of the database with full access. */
  readonly key: string;
  /** Its id. */
  readonly database: string;
  readonly items: readonly Item[];
  /** Objects by key, base64. */
  readonly objects: Readonly<Record<string, string>>;
}

/** Reads one; `v1` = before mail that comes in was routed. */
export async function readRelease(name: string): Promise<Release> {
  const text = await readFile(new URL(`../fixtures/items/${name}/release.jsonl`, import.meta.url), "utf8");
  const lines = text.trim().split("\n");
  const [head, ...items] = lines.map(
    (line) => JSON.parse(line, (_, value: unknown) => bytes(value) ?? value) as unknown,
  );
  return { ...(head as Omit<Release, "items">), items: items as Item[] };
}

function bytes(value: unknown): Uint8Array | undefined {
  const text = value !== null && typeof value === "object" && "$bytes" in value ? value.$bytes : undefined;
  return typeof text === "string" ? new Uint8Array(Buffer.from(text, "base64")) : undefined;
}

type Needs = Pick<Ports, "store" | "blobs" | "provider" | "operator">;

/** Puts it into an installation that is empty: so it is found by the release that is deployed next. */
export async function restore({ store, blobs, provider, operator }: Needs, release: Release): Promise<void> {
  const db = release.database;
  await provider.createTenant(db);
  await provider.createConfigurationSet(db);
  await provider.associate(db, { identity: operator.root_domain, configuration_set: db });
  for (const item of release.items) await store.write({ put: item });
  for (const [key, text] of Object.entries(release.objects)) await blobs.put(key, Buffer.from(text, "base64"));
}
