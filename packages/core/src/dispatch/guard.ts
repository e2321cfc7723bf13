import type { FailureType } from "../email/head.ts";
import type { HandOver, SmtpUnavailable } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import type { Breaker, Failure } from "../server/breaker.ts";
import * as Gate from "../server/gate.ts";
import { typeOf } from "./failure.ts";
import type { Prepared } from "./prepare.ts";

/** Why a mail is not to try now. */
export interface Stopped {
  readonly breaker: Breaker;
  readonly failure_type: FailureType;
}

/** What stands between a mail and its server: the circuit breaker of a server of the database's own. */
export interface Guard {
  /** Whether attempts are stopped: asked before anything costly is done. */
  stopped(): Promise<Stopped | undefined>;
  /** Whether this mail may try, asked right before it does. @returns why not. */
  pass(): Promise<Stopped | undefined>;
  /** The connection could not be made ready. */
  unavailable(error: SmtpUnavailable): Promise<void>;
  /** What the server made of the hand-over. */
  answered(answer: HandOver): Promise<void>;
  /** The connection was ready, and nothing came of it. */
  worked(): Promise<void>;
}

/** The platform has none: its failures are the operator's matter, and no mail over it pays for a read. */
const none: Guard = {
  stopped: async () => undefined,
  pass: async () => undefined,
  unavailable: async () => {},
  answered: async () => {},
  worked: async () => {},
};

/** Failures that were counted: the mails of a batch that share a connection share its failure. */
const counted = new WeakSet<SmtpUnavailable>();

/** The guard of a mail. What it could not write is logged: what became of the mail is written already, and stands. */
export function guard(ports: Ports, { head, server }: Pick<Prepared, "head" | "server">): Guard {
  if (!server) return none;
  const place = { database: head.database, server: server.id };
  let probing = false;
  const failed = (failure: Failure) => noted(ports, place, Gate.failed(ports, place, failure, probing));
  const worked = () => noted(ports, place, Gate.worked(ports, place));
  return {
    worked,
    async stopped() {
      const breaker = await Gate.stopped(ports, place);
      return breaker && why(breaker);
    },
    async pass() {
      const pass = await Gate.pass(ports, place);
      if ("stopped" in pass) return why(pass.stopped);
      probing = pass.probing;
      return undefined;
    },
    async unavailable(error) {
      if (counted.has(error)) return;
      counted.add(error);
      await failed({ class: error.failure, reply: error.reply });
    },
    async answered(answer) {
      // whether it took the message is not known, but that it fell silent over it is
      if (answer.outcome === "unknown") return failed({ class: "connection", reply: answer.reply });
      if (answer.outcome === "refused" && broke.has(answer.failure))
        return failed({ class: answer.failure, reply: answer.reply });
      return worked();
    },
  };
}

/** After the mails of a batch: what other processes hold against a server that has worked for these ends. */
export const confirm = (ports: Ports, place: Gate.Place): Promise<void> =>
  noted(ports, place, Gate.confirm(ports, place));

const noted = ({ log }: Ports, { database, server }: Gate.Place, noting: Promise<void>): Promise<void> =>
  noting.catch((error: unknown) =>
    log.error("the health of a server was not noted", { database, code: server, error }),
  );

/** Classes that are about the connection, and not about the one message. */
const broke = new Set(["auth", "tls", "connection"]);

const why = (breaker: Breaker): Stopped => ({ breaker, failure_type: typeOf(breaker.class, true) });
