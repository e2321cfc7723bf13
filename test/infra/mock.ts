/** Where the mocks say that this is. */
export const [account, region] = ["123456789012", "us-east-1"];

/** What the mocks have for the outputs that AWS makes; the rest of a resource is its inputs. */
export function state(type: string, name: string, inputs: Record<string, unknown>): object {
  const given = inputs["name"] ?? inputs["bucket"];
  const called = typeof given === "string" ? given : `posthouse-test-${name}`;
  const [, service = "mock"] = /^aws:(\w+)\//.exec(type) ?? [];
  const arns: Record<string, string> = {
    lambda: `arn:aws:lambda:${region}:${account}:function:${called}`,
    sqs: `arn:aws:sqs:${region}:${account}:${called}`,
    sns: `arn:aws:sns:${region}:${account}:${called}`,
    dynamodb: `arn:aws:dynamodb:${region}:${account}:table/${called}`,
    s3: `arn:aws:s3:::${called}`,
    kms: `arn:aws:kms:${region}:${account}:key/${name}`,
  };
  return {
    ...inputs,
    arn: ses(inputs) ?? arns[service] ?? `arn:aws:${service}:${region}:${account}:${called}`,
    name: called,
    bucket: called,
    keyId: `${name}-key`,
    url: `https://sqs.${region}.amazonaws.com/${account}/${called}`,
    apiEndpoint: "https://api.example.com",
    executionArn: `arn:aws:execute-api:${region}:${account}:api`,
    invokeArn: "arn:invoke",
    base64: "a2V5",
    ...(inputs["statements"] !== undefined && { json: JSON.stringify(inputs) }),
    ...(type.includes("acm/certificate:") && { domainValidationOptions: validations(inputs) }),
    ...(type.endsWith(":DomainName") && {
      domainNameConfiguration: { ...(inputs["domainNameConfiguration"] as object), ...gateway },
    }),
    ...(type.endsWith(":Distribution") && { domainName: "d1.cloudfront.net", hostedZoneId: "Z2FDTNDATAQYW2" }),
    ...(type.endsWith(":EmailIdentity") && {
      dkimSigningAttributes: { ...(inputs["dkimSigningAttributes"] as object), tokens: ["one", "two", "three"] },
    }),
  };
}

/** SES's ARNs are of what something is called by its customers. */
function ses({ emailIdentity, configurationSetName, tenantName }: Record<string, unknown>): string | undefined {
  const [kind, name] =
    Object.entries({ identity: emailIdentity, "configuration-set": configurationSetName, tenant: tenantName }).find(
      ([, given]) => given !== undefined,
    ) ?? [];
  return kind && `arn:aws:ses:${region}:${account}:${kind}/${String(name)}`;
}

const gateway = { targetDomainName: `d-1.execute-api.${region}.amazonaws.com`, hostedZoneId: "Z3" };

const validations = ({ domainName }: Record<string, unknown>) => [
  {
    domainName,
    resourceRecordName: `_x.${String(domainName)}`,
    resourceRecordType: "CNAME",
    resourceRecordValue: "_y.acm-validations.aws",
  },
];

/** What AWS would answer to a look-up. */
export function answer(token: string, inputs: Record<string, unknown>): object {
  if (token.includes("getRegion")) return { region, name: region, id: region };
  if (token.includes("getCallerIdentity")) return { accountId: account, arn: `arn:aws:iam::${account}:user/operator` };
  if (token.includes("getPartition")) return { partition: "aws", dnsSuffix: "amazonaws.com" };
  if (token.includes("getPolicyDocument"))
    return { ...inputs, json: JSON.stringify({ Statement: inputs["statements"] }) };
  if (token.includes("getZone")) return { zoneId: "Z1", name: inputs["name"], zones: [] };
  return inputs;
}
