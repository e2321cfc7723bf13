import type { HandOver } from "../ports/mailer.ts";
import { type Finding, ill, pending, well } from "./hop.ts";
import type { Look } from "./look.ts";
import * as Probe from "./probe.ts";

/** In the sandbox SES takes one mail a second: so long after a throttle a mail is tried once more, in ms. */
const breath = 1_200;

/** A name below the root that no database may have. */
const below = (root: string): string => `api.${root}`;

/** What the two mails to the simulator came to. */
export interface Sent {
  readonly path: Promise<Finding>;
  readonly subdomain: Promise<Finding>;
}

/** Sends both mails, one after the other, and waits for the events of the first. @param ms how long, at most. */
export function travel(look: Look, id: Promise<Probe.ProbeId>, ms: number): Sent {
  const { root_domain } = look.ports.operator;
  const end = look.ports.clock.now() + ms;
  const first = id.then((own) => patiently(look, () => Probe.send(look, own, root_domain)));
  const second = first
    .catch(() => undefined)
    .then(() => id)
    .then((own) => patiently(look, () => Probe.send(look, own, below(root_domain))));
  return {
    path: first.then(async (answer) => {
      const own = await id;
      const why = refused(answer);
      if (why) await Probe.note(look.ports, own, { refused: true });
      return why ?? Probe.wait(look.ports, own, end);
    }),
    subdomain: Promise.all([first.catch(() => undefined), second]).then(([root, answer]) => covered(root, answer)),
  };
}

async function patiently({ ports }: Look, send: () => Promise<HandOver>): Promise<HandOver> {
  const answer = await send();
  if (answer.outcome !== "refused" || answer.failure !== "temporary") return answer;
  await ports.clock.sleep(breath);
  return send();
}

/** SES's answer names no address here but ours. */
function refused(answer: HandOver): Finding | undefined {
  if (answer.outcome === "accepted") return undefined;
  const [name = ""] = answer.reply.split(":");
  if (answer.outcome === "unknown") return ill("SES did not say whether it took the mail", "Ask again.");
  if (/AccessDenied/.test(name))
    return ill("not allowed to send the mail", "Deploy again: infra/permission.ts lets Api send it.");
  // Under the full load of customers' mail it does, and nothing is wrong
  if (answer.failure === "temporary")
    return pending("SES is busy, and has taken no mail of it", "Ask again in a minute.");
  return ill(
    `SES refused the mail (${name})`,
    "Look at identity and account; then at the tenant and configuration set in SES.",
  );
}

/** Whether the identity of the root, associated with a tenant, stands for the domains below it too. */
function covered(root: HandOver | undefined, answer: HandOver): Finding {
  if (answer.outcome === "accepted") return well("the root's identity lets tenants send from the domains below it");
  const what = refused(answer);
  if (what?.ok === null) return what;
  const first = root && refused(root);
  if (first?.ok === null) return first;
  if (root?.outcome !== "accepted" || what === undefined)
    return ill("not known: the root itself sends nothing", "See event_path.");
  if (answer.outcome === "refused" && answer.failure === "provider")
    return ill(
      "SES takes mail of the root, and none of a domain below it",
      "Report it to Posthouse: each default domain would need an identity of its own.",
    );
  return what;
}
