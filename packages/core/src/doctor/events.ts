import { type Finding, ill, well } from "./hop.ts";
import type { Look } from "./look.ts";

/** What every mail's fate is known by. */
const needed = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY", "RENDERING_FAILURE"];

const again = "Deploy again: infra/mail.ts and infra/topics.ts make it.";

/** Whether SES publishes what becomes of mail to our topic. */
export async function destination({ ports, place }: Look): Promise<Finding> {
  const all = await ports.inspector.destinations(place.own);
  if (!all) return ill(`no configuration set ${place.own}`, again);
  const ours = all.filter(({ topic }) => topic === place.events_topic);
  const enabled = ours.filter((each) => each.enabled);
  if (enabled.length === 0)
    return ours.length > 0
      ? ill("the event destination is turned off", `Turn it on in the configuration set ${place.own} of SES.`)
      : ill("no event destination leads to our topic", again);
  const types = new Set(enabled.flatMap((each) => each.types));
  const missing = needed.filter((type) => !types.has(type));
  if (missing.length > 0) return ill(`it leaves out ${missing.join(", ")}`, again);
  return well(`${place.own} publishes to our topic`);
}

/** Whether what the topic gets comes to our queue, as it was published. */
export async function topic({ ports, place }: Look): Promise<Finding> {
  return subscribed(await ports.inspector.subscriptions(place.events_topic), place.told.feedback);
}

/**
 * What is to be said of the subscriptions of a topic whose messages one of our queues takes. Whoever else is subscribed
 * is nobody's matter.
 * @param url of that queue.
 */
export function subscribed(
  all: Awaited<ReturnType<Look["ports"]["inspector"]["subscriptions"]>>,
  url: string,
): Finding {
  if (!all) return ill("there is no such topic", again);
  const name = url.slice(url.lastIndexOf("/") + 1);
  const ours = all.filter(
    ({ protocol, endpoint, confirmed }) => protocol === "sqs" && confirmed && endpoint.endsWith(`:${name}`),
  );
  if (ours.length === 0) return ill(`the queue ${name} is not subscribed to the topic`, again);
  if (!ours.some(({ raw }) => raw))
    return ill("what comes is wrapped by SNS", "Turn raw message delivery on for the subscription, or deploy again.");
  return well(`the queue ${name} is subscribed`);
}
