import { DescribeTableCommand, DescribeTimeToLiveCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { TableLook } from "@posthouse/core/ports/inspector";

/** The table, its indexes and its TTL. */
export async function table(client: DynamoDBClient, TableName: string): Promise<TableLook | null> {
  try {
    const [{ Table }, { TimeToLiveDescription }] = await Promise.all([
      client.send(new DescribeTableCommand({ TableName })),
      client.send(new DescribeTimeToLiveCommand({ TableName })),
    ]);
    const indexes = (Table?.GlobalSecondaryIndexes ?? []).filter(({ IndexStatus }) => IndexStatus === "ACTIVE");
    const { TimeToLiveStatus, AttributeName } = TimeToLiveDescription ?? {};
    return {
      active: Table?.TableStatus === "ACTIVE",
      indexes: indexes.map(({ IndexName = "" }) => IndexName),
      ttl: TimeToLiveStatus === "ENABLED" ? (AttributeName ?? null) : null,
    };
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return null;
    throw error;
  }
}
