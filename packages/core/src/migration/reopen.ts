import type { Ports } from "../ports/main.ts";
import type { Migration } from "./migration.ts";
import { registry, removed } from "./registry.ts";
import * as State from "./state.ts";

/** How much earlier than this the second sweep may begin without its being put off again, in ms. */
const slack = 60_000;

/**
 * Says to later releases that this one runs: what it writes is in the shapes it knows, so each migration that it does not
 * know makes its second sweep again, from an hour after the last such word on, also one that had ended before a roll back.
 * May be repeated, at the same time too.
 * @param migrations those that this release has. @param gone ids of those that it has no more
 * @returns whether all have been told; else somebody went on meanwhile, and it is to be said again.
 */
export async function reopen(
  ports: Pick<Ports, "store" | "clock" | "random">,
  migrations: readonly Migration[] = registry,
  gone: readonly string[] = removed,
): Promise<boolean> {
  const known = new Set([...migrations.map(({ id }) => id), ...gone]);
  const now = ports.clock.now();
  const isDue = ({ id, sweep, resume_at }: State.State) =>
    // One that is in its first sweep has its second before it
    !known.has(id) && sweep === 2 && resume_at < now + State.between - slack;
  const found = await State.all(ports, { consistent: true });
  const told = [...found.values()].filter(isDue).map((state) => State.save(ports, State.again(state, now)));
  return (await Promise.all(told)).every(Boolean);
}
