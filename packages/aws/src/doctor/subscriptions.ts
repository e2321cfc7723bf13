import {
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  type SNSClient,
  type Subscription,
} from "@aws-sdk/client-sns";
import type { SubscriptionLook } from "@posthouse/core/ports/inspector";

/** Who is subscribed to a topic, of the first hundred. */
export async function subscriptions(client: SNSClient, TopicArn: string): Promise<readonly SubscriptionLook[] | null> {
  try {
    const { Subscriptions = [] } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    return await Promise.all(Subscriptions.map((each) => look(client, each)));
  } catch (error) {
    if (error instanceof Error && /^NotFound/.test(error.name)) return null;
    throw error;
  }
}

async function look(client: SNSClient, { SubscriptionArn, Protocol = "", Endpoint = "" }: Subscription) {
  // In place of an ARN stands "PendingConfirmation"
  const confirmed = SubscriptionArn?.startsWith("arn:") ?? false;
  const { Attributes = {} } = confirmed
    ? await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
    : {};
  return { protocol: Protocol, endpoint: Endpoint, confirmed, raw: Attributes["RawMessageDelivery"] === "true" };
}
