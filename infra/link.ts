/**
 * What code is told of a resource: its name, and no permission. SST's own links allow every action on it; each function
 * here has a list of its own instead (infra/permission.ts).
 */
sst.Linkable.wrap(sst.aws.Dynamo, ({ name }) => ({ properties: { name } }));
sst.Linkable.wrap(sst.aws.Bucket, ({ name }) => ({ properties: { name } }));
sst.Linkable.wrap(sst.aws.Queue, ({ url }) => ({ properties: { url } }));
sst.Linkable.wrap(sst.aws.SnsTopic, ({ arn }) => ({ properties: { arn } }));
sst.Linkable.wrap(aws.kms.Key, ({ arn }) => ({ properties: { arn } }));
