import { assertName } from "@posthouse/core/database/name";
import { all, functions, type Stack, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** Mail of the root domain comes back as the rules have it, SES is not asked too fast, and no name here can be a database's. */
export const mail: Check = ({ stack }) => {
  const [identity, ...more] = all(stack, "sesv2/emailIdentity:EmailIdentity");
  if (!identity || more.length > 0) return [`there are ${more.length + (identity ? 1 : 0)} identities`];
  const root = text(identity, "emailIdentity");
  const from = all(stack, "sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes").map((one) =>
    text(one, "mailFromDomain"),
  );
  return [
    ...(from.length === 1 ? [] : ["the root domain has no MAIL FROM domain"]),
    ...below(stack, root, from),
    ...(all(stack, "sesv2/emailIdentityFeedbackAttributes:EmailIdentityFeedbackAttributes").some(
      ({ inputs }) => inputs["emailIdentity"] === root && inputs["emailForwardingEnabled"] === false,
    )
      ? []
      : ["bounces are sent on as mail"]),
    ...pace(stack),
  ];
};

/** SES takes one management call a second of an account: no more than two at once may make them, whoever asks. */
const pace = (stack: Stack): string[] =>
  functions(stack)
    .filter(({ file }) => file === "provision")
    .filter(({ resource }) => !(Number(resource.inputs["reservedConcurrentExecutions"]) <= 2))
    .map(({ name }) => `${name} asks SES for more at once than it answers`);

/** A name that a database could take would hide it, or be hidden. */
const below = (stack: Stack, root: string, from: readonly string[]): string[] =>
  [...from, ...all(stack, "apigatewayv2/domainName:DomainName").map((one) => text(one, "domainName"))]
    .filter((name) => name.endsWith(`.${root}`))
    .map((name) => name.slice(0, -root.length - 1))
    .filter((label) => !label.includes(".") && isFree(label))
    .map((label) => `a database may be called ${label}`);

function isFree(label: string): boolean {
  try {
    assertName(label);
    return true;
  } catch {
    return false;
  }
}
