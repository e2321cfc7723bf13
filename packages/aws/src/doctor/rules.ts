import { DescribeActiveReceiptRuleSetCommand, type SESClient } from "@aws-sdk/client-ses";
import type { RuleLook } from "@posthouse/core/ports/inspector";

/** The rules of the set that is active in the Region; only SES v1 knows them. */
export async function rules(client: SESClient): Promise<readonly RuleLook[] | null> {
  const { Metadata, Rules = [] } = await client.send(new DescribeActiveReceiptRuleSetCommand({}));
  if (!Metadata) return null;
  return Rules.map(({ Enabled, Recipients = [], Actions = [] }) => ({
    enabled: Enabled ?? false,
    recipients: Recipients,
    topic: Actions.find(({ S3Action }) => S3Action)?.S3Action?.TopicArn ?? null,
  }));
}
