import { fromItem as headOf } from "../email/head.ts";
import { isOver } from "../email/lifetime.ts";
import { type Id, is } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { byId } from "../thread/find.ts";
import * as ReplyRef from "../thread/reply-ref.ts";
import type { Answerable } from "../thread/token.ts";

/** What an answer belongs to (R-IN-1). */
export interface Answered {
  /** What it answers on a thread; null = an email without one (any more). */
  readonly ref: ReplyRef.ReplyRef | null;
  /** The email answered, where it is known. */
  readonly email: Id<"email"> | null;
}

type Needs = Pick<Ports, "store" | "clock">;

/**
 * Which of these emails and messages a database has, and what answers to them belong to, strongly read. An email counts as
 * long as it is kept, its thread for 400 days and until it is deleted; a message counts with its thread alone.
 */
export async function among(
  ports: Needs,
  db: string,
  ids: readonly Answerable[],
): Promise<ReadonlyMap<string, Answered>> {
  const emails = ids.filter((id) => is("email", id));
  const [refs, heads] = await stored(ports, db, ids, emails);
  const told = [...heads.values()].flatMap(({ id, message }) => (message && !refs.has(id) ? [message] : []));
  const [messages] = await stored(ports, db, told, []);
  const refOf = (id: string) => refs.get(id) ?? messages.get(heads.get(id)?.message ?? "");
  const threads = await existing(
    ports,
    db,
    ids.flatMap((id) => refOf(id)?.thread ?? []),
  );
  return new Map(
    ids.flatMap((id): [string, Answered][] => {
      const ref = refOf(id);
      const live = ref && threads.has(ref.thread) ? ref : null;
      const email = is("email", id) ? id : null;
      return live || heads.has(id) ? [[id, { ref: live, email }]] : [];
    }),
  );
}

type Heads = ReadonlyMap<string, Pick<ReturnType<typeof headOf>, "id" | "message">>;

/** Where these lead to, and the heads of those emails that are kept, each by its id. */
async function stored(
  { store, clock }: Needs,
  db: string,
  ids: readonly Answerable[],
  emails: readonly string[],
): Promise<[refs: ReadonlyMap<string, ReplyRef.ReplyRef>, heads: Heads]> {
  const wanted = [...ids.map((id) => keys.replyTo(db, id)), ...emails.map((id) => keys.emailHead(db, id))];
  if (wanted.length === 0) return [new Map(), new Map()];
  const now = clock.now();
  const items = await store.batchGet(wanted, { consistent: true });
  const isHead = ({ sk }: Item) => sk === keys.emailHead(db, "").sk;
  const refs = items.flatMap((item): [string, ReplyRef.ReplyRef][] => {
    const ref = isHead(item) ? undefined : ReplyRef.fromItem(item, now);
    return ref ? [[item.sk, ref]] : [];
  });
  const heads = items.filter((item) => isHead(item) && !isOver(item, now)).map(headOf);
  return [new Map(refs), new Map(heads.map((head) => [head.id, head]))];
}

/** Those of the threads that there are. */
async function existing(ports: Needs, db: string, threads: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await Promise.all([...new Set(threads)].map((id) => byId(ports, db, id)));
  return new Set(found.flatMap((thread) => thread?.id ?? []));
}
