import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { QueueLook } from "@posthouse/core/ports/inspector";

const counts = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

/** A queue and its dead letters, which are of the same account and Region. */
export async function queue(client: SQSClient, url: string): Promise<QueueLook | null> {
  const urlOf = (arn: string): string => url.replace(/[^/]+$/, arn.split(":").at(-1) ?? "");
  const found = await attributes(client, url);
  if (!found) return null;
  const dead = deadOf(found["RedrivePolicy"]);
  const letters = dead === undefined ? null : await attributes(client, urlOf(dead));
  return { depth: depthOf(found), dead: letters && depthOf(letters) };
}

async function attributes(client: SQSClient, QueueUrl: string): Promise<Partial<Record<string, string>> | null> {
  try {
    const AttributeNames = [...counts, "RedrivePolicy" as const];
    const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    return Attributes;
  } catch (error) {
    if (error instanceof Error && /QueueDoesNotExist|NonExistentQueue/.test(error.name)) return null;
    throw error;
  }
}

function deadOf(policy: string | undefined): string | undefined {
  const { deadLetterTargetArn } = JSON.parse(policy ?? "{}") as { deadLetterTargetArn?: string };
  return deadLetterTargetArn;
}

const depthOf = (found: Partial<Record<string, string>>): number =>
  counts.reduce((sum, name) => sum + Number(found[name] ?? 0), 0);
