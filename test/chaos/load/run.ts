import type { Answered, Caller } from "./caller.ts";
import { createGate, type Gate } from "./gate.ts";
import type { Planned } from "./mail.ts";

/** Callers at a time. */
const callers = 24;

/** A load under way. */
export interface Load {
  readonly gate: Gate;
  /** Requests answered so far. */
  answered(): number;
  /** All answers; throws what a caller threw. */
  readonly done: Promise<Answered[]>;
}

/** Starts to send a plan, in order, as far as the gate is open. */
export function startLoad(plan: readonly Planned[], caller: Caller): Load {
  const gate = createGate();
  const answers: Answered[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let planned = plan[next++]; planned; planned = plan[next++]) {
      await gate.pass(planned.n);
      answers.push(await caller.send(planned));
    }
  };
  const done = Promise.all(Array.from({ length: callers }, work)).then(() => answers);
  // Whoever waits for it is told; meanwhile it is no unhandled rejection
  done.catch(() => undefined);
  return { gate, answered: () => answers.length, done };
}
