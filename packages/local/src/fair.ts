/** A message as far as its turn goes. */
interface Message {
  readonly body: string;
}

/** What of fauxqs's queue class is put right here. */
export interface StandardQueue {
  messages: Message[];
  isFifo(): boolean;
  dequeue(most: number, visibility?: number, deadLetters?: unknown): unknown[];
}

/**
 * Lets standard queues hand out messages as SQS's fair queues do: a database that puts thousands on a queue does not
 * keep the few of another one waiting behind them. SQS goes by MessageGroupId, which fauxqs drops on standard queues;
 * the messages of mail begin with the database they are of.
 */
export function shareFairly(prototype: StandardQueue): void {
  const { dequeue } = prototype;
  prototype.dequeue = function (this: StandardQueue, ...given) {
    if (!this.isFifo() && Array.isArray(this.messages)) this.messages = new Turns(this.messages) as never;
    return dequeue.apply(this, given);
  };
}

/** The database in a message of mail; all that names none share a turn. */
export const databaseOf = ({ body }: Message): string => /^\{"database":"([^"]+)"/.exec(body)?.[1] ?? "";

/** Messages of one group, first in first out, without moving all of them at each. */
interface Lane {
  readonly messages: Message[];
  head: number;
}

/** What fauxqs does with its list of messages, but that groups take turns. */
class Turns {
  /** The group whose turn it is comes first. */
  readonly #lanes = new Map<string, Lane>();
  #length = 0;

  constructor(messages: readonly Message[]) {
    for (const message of messages) this.push(message);
  }

  get length(): number {
    return this.#length;
  }

  push(message: Message): number {
    const group = databaseOf(message);
    const lane = this.#lanes.get(group);
    if (lane) lane.messages.push(message);
    else this.#lanes.set(group, { messages: [message], head: 0 });
    return ++this.#length;
  }

  shift(): Message | undefined {
    const [next] = this.#lanes;
    if (!next) return undefined;
    const [group, lane] = next;
    const message = lane.messages[lane.head++];
    this.#length--;
    this.#lanes.delete(group);
    if (lane.head < lane.messages.length) this.#lanes.set(group, trimmed(lane));
    return message;
  }

  *[Symbol.iterator](): Iterator<Message> {
    for (const { messages, head } of this.#lanes.values()) yield* messages.slice(head);
  }
}

/** Gives up the places of those that were taken once they are most of the list. */
const trimmed = (lane: Lane): Lane =>
  lane.head > 1_000 && lane.head * 2 > lane.messages.length
    ? { messages: lane.messages.slice(lane.head), head: 0 }
    : lane;
