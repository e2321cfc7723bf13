import { arns } from "../authorization.ts";
import { account, region } from "../mock.ts";
import type { Resource } from "../program.ts";
import { all, queues, type Stack, text } from "../stack.ts";
import { statements } from "../statement.ts";
import type { Check } from "./check.ts";

/** What AWS's services must be able to do for a stage. */
interface Need {
  readonly what: string;
  /** Type of the policies that may say so. */
  readonly type: string;
  readonly principal: string;
  readonly action: string;
  readonly on: string;
  /** `aws:sourceaccount <account>` or `aws:sourcearn <topic>`. */
  readonly behalf: string;
}

/** Each service may do what the stage needs of it: SES tells its topics and keeps mail, SNS fills the queues that are subscribed. */
export const service: Check = ({ stack }) =>
  needs(stack)
    .filter((need) => !all(stack, need.type).some((policy) => allows(policy, need)))
    .map(({ what }) => `the policy does not let ${what}`);

const allows = (policy: Resource, { principal, action, on, behalf }: Need): boolean =>
  statements(policy).some(
    (one) =>
      one.effect === "Allow" &&
      one.principals.includes(`Service ${principal}.amazonaws.com`) &&
      one.actions.includes(action) &&
      one.resources.includes(on) &&
      one.conditions.every(({ variable, values }) => values.some((value) => `${variable} ${value}` === behalf)),
  );

function needs(stack: Stack): Need[] {
  const ours = `aws:sourceaccount ${account}`;
  const topics = arns(stack).topic.map((on) => ({
    what: `SES publish to ${on}`,
    type: "sns/topicPolicy:TopicPolicy",
    principal: "ses",
    action: "sns:Publish",
    on,
    behalf: ours,
  }));
  const objects = all(stack, "ses/receiptRule:ReceiptRule").length > 0 ? arns(stack).bucket : [];
  const kept = objects.map((arn) => ({
    what: "SES keep mail",
    type: "s3/bucketPolicy:BucketPolicy",
    principal: "ses",
    action: "s3:PutObject",
    on: `${arn}/keep-40d/inbound/*`,
    behalf: ours,
  }));
  return [...topics, ...kept, ...filled(stack)];
}

const filled = (stack: Stack): Need[] =>
  all(stack, "sns/topicSubscription:TopicSubscription")
    .filter((one) => text(one, "protocol") === "sqs")
    .map((one) => ({
      what: `SNS send to ${queues(stack).find((queue) => arnOf(queue) === text(one, "endpoint"))?.name ?? "no queue"}`,
      type: "sqs/queuePolicy:QueuePolicy",
      principal: "sns",
      action: "sqs:SendMessage",
      on: text(one, "endpoint"),
      behalf: `aws:sourcearn ${text(one, "topic")}`,
    }));

const arnOf = (queue: Resource) => `arn:aws:sqs:${region}:${account}:${text(queue, "name")}`;
