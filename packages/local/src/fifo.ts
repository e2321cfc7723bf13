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
  readonly messageGroupId?: string;
  readonly sequenceNumber?: string;
}

/**
 * Lets FIFO queues hand out messages as SQS does: as many of one group in one batch as there are, in order. Of
 * itself fauxqs gives one a batch, and puts several that come back at once in front of their group the wrong way round.
 * What dispatch does with a batch (all mail of one server over one connection) would never run here.
 */
export function batchGroups(prototype: FifoQueue): void {
  const { dequeueFifo, changeVisibility, processTimers } = prototype;
  prototype.dequeueFifo = function (this: FifoQueue, most, visibility, deadLetters) {
    const locks = new Map<string, number>();
    const taken: { ReceiptHandle: string }[] = [];
    while (taken.length < most) {
      const [message] = dequeueFifo.call(this, 1, visibility, deadLetters);
      if (!message) break;
      taken.push(message);
      const group = this.inflightMessages.get(message.ReceiptHandle)?.message.messageGroupId ?? "";
      locks.set(group, (locks.get(group) ?? 0) + 1);
      // Open again for this very call only: the next message of the group belongs to the same batch.
      this.fifoLockedGroups.delete(group);
    }
    for (const [group, count] of locks) this.fifoLockedGroups.set(group, count);
    return taken;
  };
  prototype.changeVisibility = function (this: FifoQueue, receiptHandle, seconds) {
    inOrder(this, () => changeVisibility.call(this, receiptHandle, seconds));
  };
  prototype.processTimers = function (this: FifoQueue) {
    inOrder(this, () => processTimers.call(this));
  };
}

/** Sorts the groups by sequence number when something came back to them. */
function inOrder(queue: FifoQueue, act: () => void): void {
  const before = queue.inflightMessages.size;
  act();
  if (queue.inflightMessages.size === before) return;
  for (const messages of queue.fifoMessages.values()) messages.sort((a, b) => (sequence(a) < sequence(b) ? -1 : 1));
}

const sequence = ({ sequenceNumber = "" }: FifoMessage): string => sequenceNumber;
