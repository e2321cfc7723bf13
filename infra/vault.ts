import "./link";
import { accountId, partition } from "./account";
import { isPermanent } from "./stage";

/**
 * The key under which the data keys of databases are (G6). Its policy gives the account its administration, and the use of
 * it to nobody but through the policies of the functions.
 */
export const key = new aws.kms.Key("VaultKey", {
  description: `Posthouse ${$app.stage}: secrets of databases`,
  enableKeyRotation: true,
  deletionWindowInDays: isPermanent ? 30 : 7,
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Administration",
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  }),
});

new aws.kms.Alias("VaultAlias", { name: `alias/posthouse-${$app.stage}`, targetKeyId: key.keyId });
