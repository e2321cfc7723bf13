import { all, list, part, type Stack, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** Where a web ACL is given nobody comes to the API but past it, and what stands before the API keeps nothing of what it sees. */
export const front: Check = ({ stack, settings }) => {
  const acl = settings["POSTHOUSE_WEB_ACL"];
  const [one, ...more] = all(stack, "cloudfront/distribution:Distribution");
  if (acl === undefined) return one ? ["a distribution that nobody asked for stands before the API"] : [];
  if (!one || more.length > 0) return ["no web ACL is asked before the API"];
  const { inputs } = one;
  const { cachePolicyId, originRequestPolicyId } = part(inputs, "defaultCacheBehavior");
  return [
    ...(inputs["webAclId"] === acl ? [] : ["no web ACL is asked before the API"]),
    // CachingDisabled and AllViewer, as AWS has them in every account
    ...(cachePolicyId === "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" ? [] : ["answers of the API are kept before it"]),
    ...(originRequestPolicyId === "216adef6-5c7f-47e4-b989-5492eafa07d3" ? [] : ["the API does not hear its own name"]),
    ...(String(list(inputs, "origins")[0]?.["domainName"]).includes(".execute-api.")
      ? []
      : ["the distribution does not lead to the API"]),
    ...past(stack),
  ];
};

/** Records by which the API's domain leads to the gateway itself. */
const past = (stack: Stack): string[] =>
  all(stack, "route53/record:Record")
    .filter(({ inputs }) => list(inputs, "aliases").some(({ name }) => String(name).includes(".execute-api.")))
    .map((record) => `${text(record, "name")} ${text(record, "type")} leads past the web ACL`);
