import { databaseOf } from "./fair.ts";

/** What of fauxqs's queue class is put right here. */
export interface FifoQueue {
  readonly inflightMessages: Map<string, { message: FifoMessage }>;
  readonly fifoMessages: Map<string, FifoMessage[]>;
  readonly fifoLockedGroups: Map<string, number>;
  dequeueFifo(most: number, visibility?: number, deadLetters?: unknown): { ReceiptHandle: string }[];
  changeVisibility(receiptHandle: string, seconds: number): void;
  processTimers(): void;
}

interface FifoMessage {
  readonly body: string;
  readonly messageGroupId?: string;
  readonly sequenceNumber?: string;
}

/**
 * Lets FIFO queues hand out messages as SQS does: as many of one group in one batch as there are, in order. Of
 * itself fauxqs gives one a batch, and puts several that come back at once in front of their group the wrong way round.
 * What dispatch does with a batch (all mail of one server over one connection) would never run here. Which group comes
 * next is a matter of databases: one with many slow servers does not keep the mail of others waiting.
 */
export function batchGroups(prototype: FifoQueue): void {
  const { dequeueFifo, changeVisibility, processTimers } = prototype;
  prototype.dequeueFifo = function (this: FifoQueue, most, visibility, deadLetters) {
    const locks = new Map<string, number>();
    const taken: { ReceiptHandle: string }[] = [];
    takeTurns(this);
    while (taken.length < most) {
      const [message] = dequeueFifo.call(this, 1, visibility, deadLetters);
      if (!message) break;
      taken.push(message);
      const group = this.inflightMessages.get(message.ReceiptHandle)?.message.messageGroupId ?? "";
      locks.set(group, (locks.get(group) ?? 0) + 1);
      // Open again for this very call only: the next message of the group belongs to the same batch.
      this.fifoLockedGroups.delete(group);
    }
    for (const [group, count] of locks) {
      this.fifoLockedGroups.set(group, count);
      toBack(this.fifoMessages, group);
    }
    return taken;
  };
  prototype.changeVisibility = function (this: FifoQueue, receiptHandle, seconds) {
    inOrder(this, () => changeVisibility.call(this, receiptHandle, seconds));
  };
  prototype.processTimers = function (this: FifoQueue) {
    inOrder(this, () => processTimers.call(this));
  };
}

/**
 * Puts the groups in order: those of the databases first that have the fewest groups in hand, a group of each database
 * by turns.
 */
function takeTurns({ fifoMessages, inflightMessages }: FifoQueue): void {
  const hands = new Map<string, Set<string>>();
  const groupsOf = (message: FifoMessage): Set<string> => {
    const database = databaseOf(message);
    const groups = hands.get(database) ?? new Set();
    hands.set(database, groups);
    return groups;
  };
  for (const { message } of inflightMessages.values()) groupsOf(message).add(message.messageGroupId ?? "");
  const places = [...fifoMessages].map(([group, [first]]) => ({
    group,
    place: first ? groupsOf(first).add(group).size : 0,
  }));
  for (const { group } of places.toSorted((a, b) => a.place - b.place)) toBack(fifoMessages, group);
}

function toBack(groups: FifoQueue["fifoMessages"], group: string): void {
  const messages = groups.get(group);
  if (!messages) return;
  groups.delete(group);
  groups.set(group, messages);
}

/** Sorts the groups by sequence number when something came back to them. */
function inOrder(queue: FifoQueue, act: () => void): void {
  const before = queue.inflightMessages.size;
  act();
  if (queue.inflightMessages.size === before) return;
  for (const messages of queue.fifoMessages.values()) messages.sort((a, b) => (sequence(a) < sequence(b) ? -1 : 1));
}

const sequence = ({ sequenceNumber = "" }: FifoMessage): string => sequenceNumber;
