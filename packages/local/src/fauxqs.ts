import type { AddressInfo } from "node:net";
import { buildApp } from "fauxqs";
import { type StandardQueue, shareFairly } from "./fair.ts";
import { batchGroups, type FifoQueue } from "./fifo.ts";

/**
 * SQS, SNS and S3 by fauxqs, wired here from its parts for two reasons: its own start binds to every network
 * interface, and its stores are needed (queues are looked into, and their delays moved on with the clock). The
 * parts are no public interface of it: this file is the only one that knows them, and the version is exact.
 */

/** A message as fauxqs holds it. */
export interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly messageGroupId?: string;
  readonly messageDeduplicationId?: string;
  readonly approximateReceiveCount: number;
  /** ms since 1970, real time; absent = at once. */
  delayUntil?: number;
}

/** A queue as fauxqs holds it. */
export interface StoredQueue {
  readonly name: string;
  readonly arn: string;
  setAttributes(attributes: Record<string, string>): void;
  inspectMessages(): { ready: StoredMessage[]; delayed: StoredMessage[]; inflight: { message: StoredMessage }[] };
  processTimers(): void;
}

interface SqsStore {
  persistence?: Persistence;
  createQueue(name: string, url: string, arn: string, attributes: Record<string, string>): StoredQueue;
  getQueueByName(name: string): StoredQueue | undefined;
  allQueues(): Iterable<StoredQueue & { persistence?: Persistence }>;
}

interface SnsStore {
  persistence?: Persistence;
  createTopic(name: string, attributes: undefined, tags: undefined, region: string): unknown;
  subscribe(topicArn: string, protocol: "sqs", queueArn: string, attributes: Record<string, string>): unknown;
}

interface S3Store {
  persistence?: Persistence;
  hasBucket(name: string): boolean;
  createBucket(name: string): void;
}

interface Persistence {
  readonly db: { exec(sql: string): void; prepare(sql: string): { run(...values: unknown[]): unknown } };
  updateMessageReady(messageId: string): void;
  load(sqs: SqsStore, sns: SnsStore, s3: S3Store): void;
  close(): void;
}

/** The three services at one endpoint. */
export interface Fauxqs {
  readonly url: string;
  readonly sqs: SqsStore;
  readonly sns: SnsStore;
  readonly s3: S3Store;
  close(): Promise<void>;
}

/** The Region of everything that runs here. */
export const region = "us-east-1";
/** The account of everything that runs here. */
export const account = "000000000000";

/** In octets. */
const largestObject = 64 * 1024 * 1024;

/**
 * Starts the three services on 127.0.0.1.
 * @param options.dir where queues, messages and objects are kept; without it they live as long as the process.
 */
export async function startFauxqs({ dir, port = 0 }: { dir?: string; port?: number } = {}): Promise<Fauxqs> {
  const { SqsStore, SnsStore, S3Store } = await parts();
  const stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
  const persistence = dir === undefined ? undefined : await persist(dir, stores);
  const app = buildApp({ logger: false, defaultRegion: region, stores: stores as never });
  // S3 takes more than fauxqs does: a mail of 40 MB, and what is added on top of it
  app.removeContentTypeParser("*");
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: largestObject }, (_request, body, done) =>
    done(null, body),
  );
  await app.listen({ port, host: "127.0.0.1" });
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    sqs: stores.sqsStore,
    sns: stores.snsStore,
    s3: stores.s3Store,
    async close() {
      await app.close();
      persistence?.close();
    },
  };
}

type Stores = { sqsStore: SqsStore; snsStore: SnsStore; s3Store: S3Store };

async function persist(dir: string, { sqsStore, snsStore, s3Store }: Stores): Promise<Persistence> {
  const { PersistenceManager } = await part<{ PersistenceManager: new (dir: string) => Persistence }>(
    "./persistence.js",
  );
  const persistence = new PersistenceManager(dir);
  // A commit outlives the process, as in the embedded DynamoDB; an fsync at each message would stop everything else
  persistence.db.exec("PRAGMA synchronous = NORMAL");
  release(persistence);
  persistence.load(sqsStore, snsStore, s3Store);
  for (const holder of [sqsStore, snsStore, s3Store, ...sqsStore.allQueues()]) holder.persistence = persistence;
  return persistence;
}

/**
 * What was in flight when the process ended is in nobody's hands any more: its readers ran in that process. It need
 * not wait for its visibility to run out. The same statement stands in for fauxqs's own, which breaks a NOT NULL
 * and so loses the message when its visibility is set to 0.
 */
function release(persistence: Persistence): void {
  const sql = "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL";
  persistence.db.exec(sql);
  const ready = persistence.db.prepare(`${sql} WHERE message_id = ?`);
  persistence.updateMessageReady = (messageId) => {
    ready.run(messageId);
  };
}

/** Loaded once a process, and its queues put right then. */
const parts = once(async () => {
  const [{ SqsQueue, SqsStore }, { SnsStore }, { S3Store }] = await Promise.all([
    part<{ SqsQueue: { prototype: FifoQueue & StandardQueue }; SqsStore: new () => SqsStore }>("./sqs/sqsStore.js"),
    part<{ SnsStore: new () => SnsStore }>("./sns/snsStore.js"),
    part<{ S3Store: new () => S3Store }>("./s3/s3Store.js"),
  ]);
  batchGroups(SqsQueue.prototype);
  shareFairly(SqsQueue.prototype);
  return { SqsStore, SnsStore, S3Store };
});

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}

const part = async <T>(path: string): Promise<T> =>
  (await import(/* @vite-ignore */ new URL(path, import.meta.resolve("fauxqs")).href)) as T;
