import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import {
  ListConfigurationSetsCommand,
  ListEmailIdentitiesCommand,
  ListTenantsCommand,
  SESv2Client,
} from "@aws-sdk/client-sesv2";
import { DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import { bucket, credentials, table } from "@posthouse/local/resources";
import type { TestPorts } from "@posthouse/local/testing";

const region = "us-east-1";

/** Every item of the table, as DynamoDB has it. */
export async function dump({ services }: Pick<TestPorts, "services">): Promise<Record<string, unknown>[]> {
  const client = new DynamoDBClient({ endpoint: services.dynamodb.url, region, credentials });
  try {
    const documents = DynamoDBDocumentClient.from(client);
    const all = { TableName: table, ConsistentRead: true };
    const items: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateScan({ client: documents }, all)) items.push(...Items);
    return items;
  } finally {
    client.destroy();
  }
}

/**
 * Whatever in table, bucket and SES holds a text, by its name. A database's id is in the key of all that is its own.
 * The operator's own trail stays, and is left out.
 */
export async function leftovers(machine: Pick<TestPorts, "services">, text: string): Promise<string[]> {
  const items = (await dump(machine))
    .filter((item) => item["pk"] !== "OPERATOR#AUDIT" && JSON.stringify(item).includes(text))
    .map(({ pk, sk }) => `${String(pk)} ${String(sk)}`);
  const others = [...(await objects(machine)), ...(await atSes(machine))].filter((name) => name.includes(text));
  return [...items, ...others].toSorted();
}

async function objects({ services }: Pick<TestPorts, "services">): Promise<string[]> {
  const client = new S3Client({ endpoint: services.fauxqs.url, region, credentials, forcePathStyle: true });
  try {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key }) => Key ?? "");
  } finally {
    client.destroy();
  }
}

async function atSes({ services }: Pick<TestPorts, "services">): Promise<string[]> {
  const client = new SESv2Client({ endpoint: services.ses.url, region, credentials });
  try {
    const { ConfigurationSets = [] } = await client.send(new ListConfigurationSetsCommand({ PageSize: 1_000 }));
    const { EmailIdentities = [] } = await client.send(new ListEmailIdentitiesCommand({ PageSize: 1_000 }));
    const { Tenants = [] } = await client.send(new ListTenantsCommand({ PageSize: 1_000 }));
    return [
      ...ConfigurationSets.map((name) => `set ${name}`),
      ...EmailIdentities.map(({ IdentityName }) => `identity ${IdentityName}`),
      ...Tenants.map(({ TenantName }) => `tenant ${TenantName}`),
    ];
  } finally {
    client.destroy();
  }
}
