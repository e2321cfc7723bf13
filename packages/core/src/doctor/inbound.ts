import { subscribed } from "./events.ts";
import { type Finding, ill, well } from "./hop.ts";
import { randomLabel } from "./label.ts";
import type { Look } from "./look.ts";

const none = "this installation receives no mail";

/** Whether mail to the root domain, and to every domain below it, is led to SES. */
export async function mx({ ports, place }: Look): Promise<Finding> {
  if (!place.receives) return well(none);
  const { root_domain } = ports.operator;
  const host = `inbound-smtp.${place.region}.amazonaws.com`;
  // A name that nobody has is what the wildcard is for
  const names = { [root_domain]: root_domain, [`*.${root_domain}`]: `${randomLabel(ports)}.${root_domain}` };
  const found = await Promise.all(
    Object.entries(names).map(async ([shown, asked]) => ({ shown, to: await ports.dns.mx(asked) })),
  );
  const missing = found.filter(({ to }) => to.length === 0).map(({ shown }) => shown);
  const elsewhere = found.filter(({ to }) => to.length > 0 && to[0]?.exchange !== host).map(({ shown }) => shown);
  if (missing.length === 0 && elsewhere.length === 0) return well("root and wildcard lead to SES");
  const said = [
    ...missing.map((name) => `no MX at ${name}`),
    ...elsewhere.map((name) => `the MX at ${name} leads elsewhere`),
  ];
  return ill(said.join("; "), `Publish "MX 10 ${host}" at ${[...missing, ...elsewhere].join(" and ")}.`);
}

/** Whether SES keeps what comes in and tells us. */
export async function rules({ ports, place }: Look): Promise<Finding> {
  if (!place.receives) return well(none);
  const { root_domain } = ports.operator;
  const all = await ports.inspector.rules();
  const again =
    "Deploy again: infra/mail.ts makes the rules. One rule set is active in a Region: one stage of it receives.";
  if (!all) return ill("no rule set is active in the Region", again);
  const covers = (names: readonly string[]): boolean =>
    names.length === 0 || (names.includes(root_domain) && names.includes(`.${root_domain}`));
  const [rule] = all.filter(({ enabled, topic, recipients }) => enabled && topic !== null && covers(recipients));
  if (!rule?.topic) return ill(`no rule of the active set keeps mail to ${root_domain} and below it`, again);
  const told = subscribed(await ports.inspector.subscriptions(rule.topic), place.told.inbound);
  return told.ok ? well("mail that comes in is kept, and its queue told") : told;
}
