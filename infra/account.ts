/** Where this stage is. */
export const { accountId } = await aws.getCallerIdentity({});
/** The Region's name. */
export const region = (await aws.getRegion({})).region;
/** `aws`, `aws-cn`, `aws-us-gov`. */
export const { partition } = await aws.getPartition({});

/** The ARN of something of SES's in this account and Region, e.g. `identity/*`. */
export const sesArn = (resource: string): string => `arn:${partition}:ses:${region}:${accountId}:${resource}`;

/** SES's own reputation policy that every tenant has: it is AWS's, and no account's. */
export const reputationPolicy = `arn:${partition}:ses:${region}:aws:reputation-policy/standard`;
