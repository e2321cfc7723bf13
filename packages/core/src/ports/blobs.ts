/** Large objects (S3): mail bodies over what an item should hold. Keys begin with the database. */
export interface Blobs {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /**
   * @param range first and last byte, of an object that holds several things; absent = all of it.
   * @returns undefined where there is none.
   */
  get(key: string, range?: readonly [number, number]): Promise<Uint8Array | undefined>;
  delete(key: string): Promise<void>;
  /** Up to 1,000 of the keys that begin so, in their order: whoever deletes them asks again until there is none. */
  list(prefix: string, after?: string): Promise<string[]>;
  /**
   * An address that answers the object to whoever has it, for so many seconds.
   * @param filename as what it is saved; absent = as nothing in particular.
   */
  link(key: string, seconds: number, filename?: string): Promise<string>;
}
