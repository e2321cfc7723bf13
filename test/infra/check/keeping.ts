import { lifetimes } from "@posthouse/core/email/lifetime";
import { all, list, part, type Stack } from "../stack.ts";
import type { Check } from "./check.ts";

/** What customers' mail depends on is kept whatever is deployed or removed; objects end with the lifetime in their key. */
export const keeping: Check = ({ stack, isPermanent }) => [
  ...all(stack, "dynamodb/table:Table").flatMap(({ inputs }) => [
    ...(part(inputs, "pointInTimeRecovery")["enabled"] === true ? [] : ["the table cannot be restored"]),
    ...(part(inputs, "serverSideEncryption")["enabled"] === true ? [] : ["the table is not encrypted by a key of KMS"]),
  ]),
  ...(all(stack, "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration").length > 0
    ? []
    : ["the bucket is not encrypted"]),
  ...all(stack, "kms/key:Key")
    .filter(({ inputs }) => inputs["enableKeyRotation"] !== true)
    .map(({ name }) => `${name} is never made anew`),
  ...lifecycle(stack),
  ...(/^\d+\.\d+\.\d+$/.test(String(stack.app.providers["aws"])) ? [] : ["the provider's version is not pinned"]),
  ...(isPermanent ? permanent(stack) : []),
];

function permanent(stack: Stack): string[] {
  const { removal, protect } = stack.app;
  const unsafe = [
    ["dynamodb/table:Table", "deletionProtectionEnabled", true],
    ["s3/bucket:Bucket", "forceDestroy", false],
    ["kms/key:Key", "deletionWindowInDays", 30],
  ] as const;
  return [
    ...(removal === "retain-all" && protect ? [] : ["the stage can be removed"]),
    ...unsafe.flatMap(([type, input, value]) =>
      all(stack, type)
        .filter(({ inputs }) => inputs[input] !== value)
        .map(({ name }) => `${name} can be destroyed: ${input}`),
    ),
  ];
}

function lifecycle(stack: Stack): string[] {
  const rules = all(stack, "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").flatMap(({ inputs }) =>
    list(inputs, "rules").map((rule) => ({
      prefix: part(rule, "filter")["prefix"],
      days: Number(part(rule, "expiration")["days"]),
    })),
  );
  return lifetimes
    .filter((days) => !rules.some((rule) => rule.prefix === `keep-${days}d/` && rule.days > days))
    .map((days) => `objects under keep-${days}d/ have no end, or end early`);
}
