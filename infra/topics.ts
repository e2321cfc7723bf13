import "./link";
import { accountId } from "./account";
import { feedback, inbound, type Made } from "./queues";
import { settings } from "./stage";

/** A topic that SES alone, of this account, may publish to; SES publishes once it may, so others depend on `policy`. */
function make(name: string) {
  const topic = new sst.aws.SnsTopic(name);
  const policy = new aws.sns.TopicPolicy(`${name}Policy`, {
    arn: topic.arn,
    policy: topic.arn.apply((arn) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "Ses",
            Effect: "Allow",
            Principal: { Service: "ses.amazonaws.com" },
            Action: "sns:Publish",
            Resource: arn,
            Condition: { StringEquals: { "AWS:SourceAccount": accountId } },
          },
        ],
      }),
    ),
  });
  return { name, arn: topic.arn, topic, policy };
}

/**
 * What SES says comes to its queue as it was said, without SNS's envelope around it. Not SST's own `subscribeQueue`: its
 * policy lets SNS, S3 and EventBridge of any account write to the queue, and whoever writes to it forges events.
 */
function subscribe(name: string, { arn }: ReturnType<typeof make>, { queue }: Made): void {
  new aws.sqs.QueuePolicy(`${name}Policy`, {
    queueUrl: queue.url,
    policy: $resolve([arn, queue.arn] as const).apply(([topic, Resource]) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "Topic",
            Effect: "Allow",
            Principal: { Service: "sns.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource,
            Condition: { ArnEquals: { "aws:SourceArn": topic } },
          },
        ],
      }),
    ),
  });
  new aws.sns.TopicSubscription(name, {
    topic: arn,
    protocol: "sqs",
    endpoint: queue.arn,
    rawMessageDelivery: true,
  });
}

/** What became of mail that was sent. */
export const events = make("EventsTopic");
subscribe("EventsToFeedback", events, feedback);

/** Mail that was received; its content is in the bucket. */
export const received = settings.receives ? make("ReceivedTopic") : undefined;
if (received) subscribe("ReceivedToInbound", received, inbound);

/** All of them. */
export const all = received ? [events, received] : [events];
