import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { lifetimeOf } from "@posthouse/core/email/lifetime";
import { region } from "./fauxqs.ts";
import { bucket, credentials } from "./resources.ts";

/**
 * The bucket's lifecycle rules: deletes objects that are older than the lifetime their key's prefix names. Ages are
 * S3's own, in real time: moving the machine's clock on deletes none early.
 * @param now ms
 * @returns how many were deleted.
 */
export async function expire(endpoint: string, now: number): Promise<number> {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  let deleted = 0;
  let ContinuationToken: string | undefined;
  try {
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken }));
      for (const { Key = "", LastModified } of page.Contents ?? []) {
        const lifetime = lifetimeOf(Key);
        if (lifetime === undefined || LastModified === undefined || now - LastModified.getTime() < lifetime) continue;
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
        deleted++;
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  } finally {
    client.destroy();
  }
  return deleted;
}
