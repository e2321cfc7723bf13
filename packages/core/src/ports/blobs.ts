/** Large objects (S3): mail bodies over what an item should hold. Keys begin with the database. */
export interface Blobs {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** @returns undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  delete(key: string): Promise<void>;
  /** An address that answers the object to whoever has it, for so many seconds. */
  link(key: string, seconds: number): Promise<string>;
}
