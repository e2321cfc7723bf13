import { account, region } from "../mock.ts";
import type { Resource } from "../program.ts";
import { all, functions, type Stack, text } from "../stack.ts";
import { type Condition, statements } from "../statement.ts";
import type { Check } from "./check.ts";

/** Nothing is open to the world, to the rest of the account, or to a service on behalf of somebody else. */
export const open: Check = ({ stack }) => [
  ...buckets(stack),
  ...["sns/topicPolicy:TopicPolicy", "sqs/queuePolicy:QueuePolicy", "s3/bucketPolicy:BucketPolicy"].flatMap((type) =>
    all(stack, type).flatMap((one) => grants(stack, one)),
  ),
  ...all(stack, "kms/key:Key").flatMap(key),
  ...all(stack, "lambda/permission:Permission")
    .filter((one) => text(one, "sourceArn") === "" && text(one, "sourceAccount") === "")
    .map(({ name }) => `${name} lets anybody's resource call a function`),
  ...all(stack, "lambda/functionUrl:FunctionUrl").map(({ name }) => `${name} is a way past the API`),
  ...functions(stack).flatMap(({ name }) => trust(stack, name)),
];

function buckets(stack: Stack): string[] {
  const blocks = all(stack, "s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
  const policies = all(stack, "s3/bucketPolicy:BucketPolicy");
  const all4 = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
  return all(stack, "s3/bucket:Bucket").flatMap((bucket) => {
    const same = (one: Resource) => text(one, "bucket") === text(bucket, "bucket");
    return [
      ...(all4.every((name) => blocks.find(same)?.inputs[name] === true) ? [] : [`${bucket.name} may be made public`]),
      ...(text(policies.find(same) ?? bucket, "policy").includes("aws:SecureTransport")
        ? []
        : [`${bucket.name} is read without TLS`]),
    ];
  });
}

/** Allows named services only, and those for this account or one of its topics. */
const grants = (stack: Stack, resource: Resource): string[] =>
  statements(resource)
    .filter(({ effect }) => effect !== "Deny")
    .flatMap(({ principals, conditions }) => [
      ...principals
        .filter((who) => !/^Service [a-z]+\.amazonaws\.com$/.test(who))
        .map((who) => `${resource.name} allows something to ${who}`),
      ...(conditions.some((one) => isOurs(stack, one))
        ? []
        : [`${resource.name} allows something to a service on anybody's behalf`]),
    ]);

/** Whether a condition holds for this account alone, or for topics of it: by the letter, without a pattern. */
function isOurs(stack: Stack, { test, variable, values }: Condition): boolean {
  const topics = all(stack, "sns/topic:Topic").map((one) => `arn:aws:sns:${region}:${account}:${text(one, "name")}`);
  const known = variable === "aws:sourceaccount" ? [account] : variable === "aws:sourcearn" ? topics : [];
  return /^(?:StringEquals|ArnEquals)$/.test(test) && values.length > 0 && values.every((one) => known.includes(one));
}

/** The account's own administration is all that a key's policy names. */
const key = (resource: Resource): string[] =>
  statements(resource)
    .filter(({ principals }) => principals.join() !== `AWS arn:aws:iam::${account}:root`)
    .map(() => `the policy of ${resource.name} names more than the account`);

function trust(stack: Stack, name: string): string[] {
  const role = all(stack, "iam/role:Role").find((one) => one.name === `${name}Role`);
  const trusted = role ? statements({ ...role, inputs: { policy: role.inputs["assumeRolePolicy"] } }) : [];
  return trusted.flatMap(({ principals }) => principals).join() === "Service lambda.amazonaws.com"
    ? []
    : [`others than Lambda may take on the role of ${name}`];
}
