import type { Resource } from "../program.ts";
import { all, list, type Stack, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** Mail of the root domain and of customers' is received: by rules that are in force, kept where the code looks, and told of. */
export const receipt: Check = ({ stack, settings }) => {
  const rules = all(stack, "ses/receiptRule:ReceiptRule");
  if (settings["POSTHOUSE_RECEIVES"] === "false")
    return rules.map(({ name }) => `${name} receives mail that nobody wants`);
  const [set] = all(stack, "ses/receiptRuleSet:ReceiptRuleSet");
  const active = all(stack, "ses/activeReceiptRuleSet:ActiveReceiptRuleSet").map((one) => text(one, "ruleSetName"));
  return [
    ...(set && active.join() === text(set, "ruleSetName") ? [] : ["no set of receipt rules is active"]),
    ...rules.flatMap((rule) => (set ? kept(stack, rule, text(set, "ruleSetName")) : [])),
    ...covered(stack, rules),
    ...(new Set(rules.map(prefix)).size === rules.length
      ? []
      : ["two rules write the same object, which goes with the first"]),
  ];
};

const prefix = ({ inputs }: Resource) => String(list(inputs, "s3Actions")[0]?.["objectKeyPrefix"]);

function kept(stack: Stack, rule: Resource, set: string): string[] {
  const { name, inputs } = rule;
  const bucket = all(stack, "s3/bucket:Bucket").map((one) => text(one, "bucket"));
  const isKept = list(inputs, "s3Actions").some(
    ({ bucketName, objectKeyPrefix, topicArn }) =>
      bucket.includes(String(bucketName)) &&
      /^keep-40d\/inbound\/(?:\w+\/)?$/.test(String(objectKeyPrefix)) &&
      String(topicArn).includes("Received"),
  );
  return [
    ...(isKept ? [] : [`${name} keeps mail where nobody looks, or tells nobody`]),
    ...(inputs["enabled"] === true && text(rule, "ruleSetName") === set ? [] : [`${name} is not in force`]),
    ...(inputs["scanEnabled"] === true ? [] : [`${name} does not look for spam and viruses`]),
    // A mail to several may be for later rules as well
    ...(list(inputs, "stopActions").length === 0 ? [] : [`${name} takes mail from the rules after it`]),
    ...["ReceivedTopicPolicy", "BodiesPolicy"]
      .filter((policy) => !rule.needs.includes(policy))
      .map((policy) => `${name} does not wait for ${policy}, and SES looks whether it may`),
  ];
}

/** The first rule names the root domain and what is below it, which has no identity of its own; a later one all verified domains. */
function covered(stack: Stack, rules: readonly Resource[]): string[] {
  const [root = ""] = all(stack, "sesv2/emailIdentity:EmailIdentity").map((one) => text(one, "emailIdentity"));
  const recipients = (rule: Resource | undefined) =>
    [...((rule?.inputs["recipients"] ?? []) as string[])].sort().join(" ");
  const first = rules.find((rule) => text(rule, "after") === "");
  return [
    ...(recipients(first) === `.${root} ${root}`
      ? []
      : ["the first receipt rule does not name the root domain and what is below it"]),
    ...(rules.some((rule) => rule !== first && recipients(rule) === "") ? [] : ["no rule receives customers' mail"]),
  ];
}
