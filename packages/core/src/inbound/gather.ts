import * as Dropped from "../domain/dropped.ts";
import type { Ports } from "../ports/main.ts";
import * as Thread from "../thread/find.ts";
import { accepts } from "./acceptance.ts";
import type { Copy, Home } from "./copy.ts";
import { type Destination, meanings } from "./destination.ts";
import type { Answered, Place } from "./plan.ts";
import { recognise } from "./recognise.ts";
import * as Reply from "./reply.ts";
import * as Sender from "./sender.ts";

type Needs = Pick<Ports, "store" | "vault" | "clock">;

/** All that decides where a mail goes. */
export interface Gathered {
  readonly places: readonly Place[];
  /** It came in by an address that was not dropped, so that it may be a reply. */
  readonly replies: boolean;
}

/** Reads what decides where a mail goes, for each of its destinations (R-IN-1 to R-IN-3). */
export async function gather(
  ports: Needs,
  copy: Copy,
  home: Home,
  destinations: readonly Destination[],
): Promise<Gathered> {
  const [knowns, answers] = await Promise.all([
    recognise(ports, copy.version.id, home, destinations),
    answersOf(ports, copy, destinations),
  ]);
  const sender = Sender.authorOf(copy)?.address ?? null;
  const places: Place[] = [];
  for (const destination of destinations) {
    const { alias, purpose } = knowns.get(destination) ?? { alias: undefined, purpose: null };
    const refuses = alias !== undefined && !(await accepts(ports, copy.version, alias, sender));
    places.push({ destination, answered: answers.get(destination), alias, refuses, purpose });
  }
  return { places, replies: await isHere(ports, copy, places) };
}

/** An address that was dropped (R-DOM-7) brings nothing to a thread; whoever hands a mail over says that it is here. */
async function isHere(ports: Needs, { receipt, version }: Copy, places: readonly Place[]): Promise<boolean> {
  if (receipt.source !== undefined) return true;
  if (places.some(({ alias, purpose }) => alias !== undefined || purpose !== null)) return true;
  if (places.every(({ answered }) => answered === undefined)) return false;
  const meant = places.map(({ destination }) => destination.addresses.flatMap(meanings));
  const dropped = await Dropped.among(ports, version.id, meant.flat());
  return meant.some((addresses) => !addresses.some((address) => dropped.has(address)));
}

/** What the mail answers, for each destination: what its header says holds for all, a token for the address it stands in. */
async function answersOf(
  ports: Needs,
  { version, mail: { references, in_reply_to } }: Copy,
  destinations: readonly Destination[],
): Promise<Map<Destination, Answered>> {
  const standing = ({ addresses, named }: Destination) => [...addresses, ...named];
  const all = destinations.flatMap(standing);
  const reply = await Reply.find(ports, version.id, { recipients: all, references, in_reply_to });
  const answers = new Map<Destination, Answered>();
  if (!reply) return answers;
  const whole = await answered(ports, version.id, reply);
  const tagged = destinations.filter((one) => standing(one).some((address) => address.includes("+")));
  for (const destination of destinations) {
    const single = reply.via !== "token" || tagged.length < 2 || !tagged.includes(destination);
    const traces = { recipients: standing(destination), references: [], in_reply_to: [] };
    const own = single ? undefined : await Reply.find(ports, version.id, traces);
    answers.set(destination, own ? await answered(ports, version.id, own) : whole);
  }
  return answers;
}

async function answered(ports: Needs, db: string, { ref, email, via }: Reply.Reply): Promise<Answered> {
  const thread = ref && ((await Thread.byId(ports, db, ref.thread)) ?? null);
  return { thread, internal: ref?.internal ?? false, email, via };
}
