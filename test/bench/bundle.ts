import { type Bundle, bundle, root } from "../artefact/build.ts";

const clients = {
  dynamodb: ["@aws-sdk/client-dynamodb", "DynamoDBClient"],
  sqs: ["@aws-sdk/client-sqs", "SQSClient"],
  s3: ["@aws-sdk/client-s3", "S3Client"],
  kms: ["@aws-sdk/client-kms", "KMSClient"],
} as const;
export type ClientName = keyof typeof clients;

/** What a bare app is made of: the AWS clients that requests to the API need, now and then or always. */
export const bareClients = Object.keys(clients) as ClientName[];

/** Those of them that the function loads at its start. */
export const startClients = ({ parts }: Bundle): ClientName[] =>
  bareClients.filter((client) => parts.some(({ name }) => name === clients[client][0]));

/**
 * The floor: a bare Hono app on Lambda, and these AWS clients made at its start. Its one route reads an item, puts the
 * request into a queue and answers: the least that could accept a mail.
 */
export function bundleFloor(names: readonly ClientName[]): Promise<Bundle> {
  const made = names.map((name) => clients[name]);
  const contents = [
    ...made.map(([path, client]) => `import { ${client} } from "${path}";`),
    'import { SendMessageCommand } from "@aws-sdk/client-sqs";',
    'import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";',
    'import { Hono } from "hono";',
    'import { handle } from "hono/aws-lambda";',
    `const clients = [${made.map(([, client]) => `new ${client}()`).join(", ")}];`,
    "const documents = DynamoDBDocumentClient.from(clients[0]);",
    "const { TABLE: TableName, QUEUE: QueueUrl } = process.env;",
    'const app = new Hono().post("/v1/emails", async (c) => {',
    "  const MessageBody = JSON.stringify(await c.req.json());",
    '  await documents.send(new GetCommand({ TableName, Key: { pk: "none", sk: "none" } }));',
    "  await clients[1].send(new SendMessageCommand({ QueueUrl, MessageBody }));",
    "  return c.json({ clients: clients.length });",
    "});",
    "export const handler = handle(app);",
  ].join("\n");
  return bundle("floor.js", { stdin: { contents, resolveDir: root, sourcefile: "floor.js", loader: "js" } });
}
