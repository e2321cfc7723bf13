import { createHash } from "node:crypto";

/**
 * How many partitions the due index has. It may be raised in two releases, the first of which reads the new ones only: an
 * earlier release sees nothing of what is in them. Never lowered (docs/scale.md).
 */
export const shards = 16;

const hash = (id: string): number => createHash("sha256").update(id).digest().readUInt32BE(0);

/** The due index attributes of something that is to be looked at again at `at` (ms). */
export function due(id: string, at: number): { due_pk: string; due_sk: string } {
  return { due_pk: `DUE#${hash(id) % shards}`, due_sk: `${new Date(at).toISOString()}#${id}` };
}

/**
 * The list index attributes of an email: a partition a month and quarter. Ascending ids on one key would be one hot
 * partition.
 * @param at ms, the time in the id.
 */
export function listed(db: string, id: string, at: number): { list_pk: string; list_sk: string } {
  return { list_pk: listPartition(db, at, hash(id) % listShards), list_sk: id };
}

export const listShards = 4;

export const listPartition = (db: string, at: number, shard: number): string =>
  `DB#${db}#${new Date(at).toISOString().slice(0, 7).replace("-", "")}#${shard}`;

/** Which of a server's connections an email takes: the FIFO queue's message groups cap them. */
export const slot = (id: string, slots: number): number => hash(id) % slots;
