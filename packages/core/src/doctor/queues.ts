import type { QueueLook } from "../ports/inspector.ts";
import { type Finding, ill, well } from "./hop.ts";
import type { Look } from "./look.ts";

/** A queue by the name it is shown by; null = there is none. */
type Seen = readonly (readonly [name: string, look: QueueLook | null])[];

const again = "Deploy again: infra/queues.ts makes it.";

/** Whether every queue is there, and how much waits in it. */
export async function queues(look: Look): Promise<Finding> {
  const all = await seen(look);
  const gone = all.filter(([, queue]) => !queue).map(([name]) => name);
  if (gone.length > 0) return ill(`no queue ${gone.join(", ")}`, again);
  return well(all.map(([name, queue]) => `${name} ${queue?.depth ?? 0}`).join(", "));
}

/** Whether nothing was given up. */
export async function deadLetters(look: Look): Promise<Finding> {
  const all = (await seen(look)).filter(([, queue]) => queue);
  const without = all.filter(([, queue]) => queue?.dead === null).map(([name]) => name);
  if (without.length > 0) return ill(`no dead letters of ${without.join(", ")}`, again);
  const full = all.filter(([, queue]) => (queue?.dead ?? 0) > 0).map(([name, queue]) => `${name} ${queue?.dead}`);
  if (full.length === 0) return well("none");
  return ill(
    full.join(", "),
    "Read why in the log of their function, mend that, then have SQS redrive them to their queue.",
  );
}

/** Those that code sends to, and those that SES tells by topics of what became of mail, and of what came in. */
async function seen({ ports, place }: Look): Promise<Seen> {
  const { feedback, inbound } = place.told;
  const urls = Object.entries({ ...place.queues, feedback, ...(place.receives && { inbound }) });
  return Promise.all(urls.map(async ([name, url]) => [name, await ports.inspector.queue(url)] as const));
}
