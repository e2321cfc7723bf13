import type { AliasRecord } from "../alias/record.ts";
import type { Version } from "../database/version.ts";
import { recipientPartition } from "../email/draft.ts";
import { isOver } from "../email/lifetime.ts";
import type { Ports } from "../ports/main.ts";
import * as Thread from "../thread/find.ts";
import * as Follower from "../thread/follower.ts";
import * as User from "../user/user.ts";

type Needs = Pick<Ports, "store" | "clock">;

/**
 * Whether a routing alias takes mail of a sender (R-IN-3). `known` is a user, who follows the record of the alias, or
 * whom the database has mailed.
 * @param sender normalised; null = it has none
 */
export async function accepts(
  ports: Needs,
  version: Version,
  alias: AliasRecord,
  sender: string | null,
): Promise<boolean> {
  if (alias.accept_from === "everyone") return true;
  if (sender === null) return false;
  if (await follows(ports, version.id, alias, sender)) return true;
  return alias.accept_from === "known" && isKnown(ports, version, sender);
}

async function follows(ports: Needs, db: string, { model, record_id }: AliasRecord, sender: string): Promise<boolean> {
  if (record_id === null) return false;
  const thread = await Thread.byRecord(ports, db, { model, record_id });
  return thread !== undefined && (await Follower.find(ports, db, thread.id, sender)) !== undefined;
}

/** The newest mails to a sender that are looked at: they are there longest. */
const some = 5;

/** Whether the database has mailed somebody before, or has them as a user. @param sender normalised */
export async function isKnown(ports: Needs, version: Version, sender: string): Promise<boolean> {
  if ((await User.among(ports, version.id, [sender])).has(sender)) return true;
  const query = { index: "recipient", pk: recipientPartition(version, sender), descending: true, limit: some } as const;
  const { items } = await ports.store.query(query);
  // The index has keys alone, and TTL deletes late
  const heads = await ports.store.batchGet(items.map(({ pk, sk }) => ({ pk, sk })));
  return heads.some((head) => !isOver(head, ports.clock.now()));
}
