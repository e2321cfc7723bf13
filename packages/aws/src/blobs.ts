import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { saved } from "@posthouse/core/attachment/disposition";
import type { Blobs } from "@posthouse/core/ports/blobs";
import { clientOptions } from "./client-options.ts";
import type { AwsConfig } from "./config.ts";

/** The blobs port with a client of its own, unless one is given. */
export const openBlobs = (config: AwsConfig, client = new S3Client(clientOptions(config, "s3"))): Blobs =>
  createBlobs(client, config.resources.bodies);

/** The blobs port on one S3 bucket. */
export function createBlobs(client: S3Client, bucket: string): Blobs {
  const object = (key: string) => ({ Bucket: bucket, Key: key });
  return {
    async put(key, bytes) {
      await client.send(new PutObjectCommand({ ...object(key), Body: bytes, ContentType: "application/octet-stream" }));
    },
    async get(key, range) {
      const part = range && { Range: `bytes=${range[0]}-${range[1]}` };
      try {
        return await (
          await client.send(new GetObjectCommand({ ...object(key), ...part }))
        ).Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async list(Prefix, StartAfter) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix, StartAfter }));
      return Contents.flatMap(({ Key }) => Key ?? []);
    },
    async delete(key) {
      await client.send(new DeleteObjectCommand(object(key)));
    },
    link(key, expiresIn, filename) {
      const named = filename !== undefined && { ResponseContentDisposition: saved(filename) };
      return getSignedUrl(client, new GetObjectCommand({ ...object(key), ...named }), { expiresIn });
    },
  };
}
