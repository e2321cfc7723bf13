import type { Database } from "./database.ts";

/** An event waiting to be published to an SNS topic. */
export interface PendingEvent {
  seq: number;
  body: string;
}

/** Pending events on disk. An event leaves only after SNS took it: delivery is at least once. */
export interface Outbox {
  /** `due` in epoch milliseconds: not published before. */
  add(topic: string, body: string, due: number): void;
  /** Topics that have events due at `now`. */
  topics(now: number): string[];
  /** The oldest events of a topic that are due, in the order they were added. */
  due(topic: string, now: number, limit: number): PendingEvent[];
  /** Done when the removal is on disk. */
  remove(events: PendingEvent[]): Promise<void>;
  count(): number;
}

/** The outbox over its table. */
export function createOutbox({ sql, commit }: Database): Outbox {
  const add = sql.prepare("INSERT INTO event (topic, body, due) VALUES (?, ?, ?)");
  const topics = sql.prepare("SELECT DISTINCT topic FROM event WHERE due <= ?");
  const due = sql.prepare("SELECT seq, body FROM event WHERE topic = ? AND due <= ? ORDER BY seq LIMIT ?");
  const remove = sql.prepare("DELETE FROM event WHERE seq = ?");
  const count = sql.prepare("SELECT count(*) AS n FROM event");
  return {
    add: (topic, body, at) => void add.run(topic, body, at),
    topics: (now) => (topics.all(now) as { topic: string }[]).map((row) => row.topic),
    due: (topic, now, limit) => due.all(topic, now, limit) as unknown as PendingEvent[],
    remove: (events) =>
      commit(() => {
        for (const event of events) remove.run(event.seq);
      }),
    count: () => (count.get() as { n: number }).n,
  };
}
