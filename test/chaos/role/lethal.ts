import type { SmtpSession } from "@posthouse/core/ports/mailer";
import type { Ports } from "@posthouse/core/ports/main";
import type { Death } from "../fleet/protocol.ts";
import type { State } from "./state.ts";

/** What becomes of a process at its writes. */
export interface Fate {
  /** Kills this process at one of its next writes. */
  die(death: Death): void;
  /** Makes a write, unless this is the one to die at. */
  write<T>(call: () => Promise<T>): Promise<T>;
}

/** The fate of this process: it lives on until it is told otherwise. */
export function createFate(): Fate {
  let made = 0;
  let end: { at: number; moment: Death["moment"] } | undefined;
  const meet = (n: number, moment: Death["moment"]): void => {
    // SIGKILL: no answer is sent any more, nothing is tidied up
    if (end?.at === n && end.moment === moment) process.kill(process.pid, "SIGKILL");
  };
  return {
    die({ writes, moment }) {
      end = { at: made + writes, moment };
    },
    async write(call) {
      const n = made++;
      meet(n, "before");
      const answer = await call();
      meet(n, "after");
      return answer;
    },
  };
}

/**
 * The ports a function writes by, with its fate between any two of its writes and hand-overs, and with the faults of
 * S3 and SQS that their endpoints do not make: failed calls, lost answers, a message sent twice.
 */
export function lethal(ports: Ports, fate: Fate, state: State): Partial<Ports> {
  const { store, blobs, queue, ses, smtp, http } = ports;
  const flaky = async <T>(call: () => Promise<T>): Promise<T> => {
    const fault = state.strikes() ? state.pick(["before", "after"] as const) : undefined;
    if (fault === "before") throw new Error("injected: no connection");
    const answer = await fate.write(call);
    if (fault === "after") throw new Error("injected: the answer is lost");
    return answer;
  };
  return {
    store: {
      ...store,
      write: (one) => fate.write(() => store.write(one)),
      transact: (writes, token) => fate.write(() => store.transact(writes, token)),
    },
    blobs: {
      ...blobs,
      put: (key, bytes) => flaky(() => blobs.put(key, bytes)),
      delete: (key) => flaky(() => blobs.delete(key)),
    },
    queue: {
      ...queue,
      async send(name, messages) {
        if (state.strikes()) await queue.send(name, messages);
        await flaky(() => queue.send(name, messages));
      },
    },
    ses: { ...ses, send: (message) => fate.write(() => ses.send(message)) },
    http: { ...http, request: (one) => fate.write(() => http.request(one)) },
    smtp: { ...smtp, open: async (endpoint) => mortal(await smtp.open(endpoint), fate) },
  };
}

const mortal = (session: SmtpSession, fate: Fate): SmtpSession => ({
  get alive() {
    return session.alive;
  },
  send: (message) => fate.write(() => session.send(message)),
  close: () => session.close(),
});
