/** Mail that waits in a queue, as it came: whose, since when, and how often it was tried. */
export interface Lane {
  readonly size: number;
  push(database: number, at: number, tries: number): void;
  /** Takes the first; look at `size` before. */
  shift(): Waiting;
}

/** A mail that waits. The object is the lane's, and is another's at the next look. */
export interface Waiting {
  database: number;
  /** Second of its acceptance. */
  at: number;
  tries: number;
}

/** First in, first out; a hundred million go through, so nothing is made for each. */
export function create(): Lane {
  const first: Waiting = { database: 0, at: 0, tries: 0 };
  let room = 1 << 14;
  let [databases, ats, tried] = [new Int32Array(room), new Int32Array(room), new Uint8Array(room)];
  let [head, size] = [0, 0];
  const widen = (): void => {
    const turned = <T extends Int32Array | Uint8Array>(from: T, to: T): T => {
      to.set(from.subarray(head));
      to.set(from.subarray(0, head), room - head);
      return to;
    };
    databases = turned(databases, new Int32Array(room * 2));
    ats = turned(ats, new Int32Array(room * 2));
    tried = turned(tried, new Uint8Array(room * 2));
    [head, room] = [0, room * 2];
  };
  return {
    get size() {
      return size;
    },
    push(database, at, tries) {
      if (size === room) widen();
      const place = (head + size++) & (room - 1);
      databases[place] = database;
      ats[place] = at;
      tried[place] = tries;
    },
    shift() {
      first.database = databases[head] ?? 0;
      first.at = ats[head] ?? 0;
      first.tries = tried[head] ?? 0;
      head = (head + 1) & (room - 1);
      size--;
      return first;
    },
  };
}
