import type { Fault } from "@posthouse/local/ses/fault";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import { cancel } from "../email/cancel.ts";
import type { FailureType, State } from "../email/head.ts";
import { get } from "../email/read.ts";
import { retry } from "../email/retry.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import { tick } from "../tick/run.ts";

/** Whatever happens to a mail, in whatever order: its states move as R-FAIL-1 says, and what it took is accounted for. */

let env: TestPorts;
let db: TestDatabase;
let fault: ((moment: "before" | "after") => Fault | undefined) | undefined;
beforeAll(async () => {
  env = await startTestPorts({ ses: { hook: (moment) => fault?.(moment) } });
  db = await makeDatabase(env.ports, { daily_limit: 10_000 });
});
afterAll(() => env.close());

const answers = {
  accepted: undefined,
  throttled: { before: { error: { name: "TooManyRequestsException", status: 429 } } },
  rejected: { before: { error: { name: "MessageRejected", status: 400, message: "a virus" } } },
  "lost, taken": { after: { drop: true } },
  "lost, not taken": { before: { drop: true } },
} satisfies Record<string, Partial<Record<"before" | "after", Fault>> | undefined>;
type Answer = keyof typeof answers;
const names = Object.keys(answers) as Answer[];

type Operation =
  | { readonly do: "deliver" | "tick"; readonly answer: Answer }
  | { readonly do: "events" }
  | { readonly do: "cancel" }
  | { readonly do: "retry" }
  | { readonly do: "wait"; readonly seconds: number };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ do: fc.constantFrom("deliver", "tick"), answer: fc.constantFrom(...names) }),
  { weight: 1, arbitrary: fc.constantFrom({ do: "events" }, { do: "cancel" }, { do: "retry" }) },
  fc.record({ do: fc.constant("wait"), seconds: fc.constantFrom(1, 40, 70, 300, 4_000) }),
) as fc.Arbitrary<Operation>;

/** What may follow a state within an attempt, besides itself. */
const next: Readonly<Record<State, readonly State[]>> = {
  queued: ["sending", "deferred", "held", "sent", "delivered", "failed", "canceled", "suppressed"],
  scheduled: ["queued", "sending", "deferred", "held", "sent", "delivered", "failed", "canceled", "suppressed"],
  held: ["queued", "sending", "deferred", "sent", "delivered", "failed", "canceled", "suppressed"],
  sending: ["deferred", "sent", "delivered", "failed"],
  deferred: ["sending", "queued", "held", "sent", "delivered", "failed", "canceled", "suppressed"],
  sent: ["delivered", "bounced", "complained"],
  delivered: ["bounced", "complained"],
  bounced: ["complained"],
  complained: [],
  failed: [],
  canceled: [],
  suppressed: [],
};

/** What may follow a state where a retry has opened another attempt. */
const opened: readonly State[] = ["queued", "held"];

const gone: readonly State[] = ["sent", "delivered"];

/** What ended without anybody knowing whether it is out may still become sent. */
const moves = (from: Seen, to: Seen): boolean =>
  (from.state === to.state && from.attempt === to.attempt) ||
  (to.attempt === from.attempt + 1 && ["failed", "bounced"].includes(from.state) && opened.includes(to.state)) ||
  next[from.state].includes(to.state) ||
  (from.state === "failed" && from.failure_type === "unknown" && gone.includes(to.state)) ||
  (from.state === "canceled" && from.lost && gone.includes(to.state));

interface Seen {
  readonly state: State;
  readonly failure_type: FailureType | null;
  /** Whether the answer to a hand-over was lost. */
  readonly lost: boolean;
  readonly attempt: number;
}

const headOf = (id: string) => env.ports.store.get(keys.emailHead(db.id, id), { consistent: true });

async function look(id: string): Promise<Seen> {
  const { recipients, events: timeline } = await get(env.ports, db.id, id);
  const [recipient] = recipients;
  if (!recipient) throw new Error("the mail has no recipient");
  const head = await headOf(id);
  const attempt = Number(head?.["attempt"]);
  return { ...recipient, attempt, lost: timeline.some(({ type }) => type === "unknown" || type === "requeued") };
}

async function perform(id: string, operation: Operation): Promise<void> {
  if (operation.do === "wait") return env.advance(operation.seconds * 1000);
  if (operation.do === "events") return events();
  if (operation.do === "cancel") return unless("not_cancelable", cancel(env.ports, db.id, id));
  if (operation.do === "retry") return unless("conflict", retry(env.ports, await db.version(), id));
  const answer: Partial<Record<"before" | "after", Fault>> | undefined = answers[operation.answer];
  fault = (moment) => answer?.[moment];
  if (operation.do === "tick") await tick(env.ports);
  await deliver(env);
  fault = undefined;
}

/** What the state forbids is refused by name, and changes nothing. */
async function unless(name: string, asked: Promise<unknown>): Promise<void> {
  await asked.catch((error: unknown) => {
    if (!(error instanceof AppError) || error.name !== name) throw error;
  });
}

async function events(): Promise<void> {
  while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await takeEvents(env);
}

describe("R-FAIL-1 the states of a recipient", () => {
  it("R-FAIL-1 only move as the rule says, at any sequence of answers, events, ticks, cancels and retries", async () => {
    let copies = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: 1, maxLength: 9 }),
        fc.constantFrom("transactional" as const, "mass" as const),
        async (operations, kind) => {
          const to = `r${copies++}@example.net`;
          const { id } = await accept(env.ports, await db.version(), mail({ to: [to], kind, expires_in: 1_800 }));
          let seen: Seen = { state: "queued", failure_type: null, lost: false, attempt: 1 };
          for (const operation of [...operations, { do: "events" } as const]) {
            await perform(id, operation);
            const now = await look(id);
            expect(moves(seen, now), `${seen.state} → ${now.state} by ${operation.do}`).toBe(true);
            seen = now;
          }
          const wire = env.ses.mailbox.list().filter(({ recipients }) => recipients.includes(to)).length;
          const { events: timeline } = await get(env.ports, db.id, id);
          const again = timeline.filter(({ type }) => type === "requeued").length;
          // G3: a second copy only where the timeline says so
          expect(wire).toBeLessThanOrEqual(seen.attempt + again);
          // G1: what is sent is on the wire; R-LIM-3: nothing on the wire is free
          if (gone.includes(seen.state)) expect(wire).toBeGreaterThanOrEqual(1);
          const taken = (await headOf(id))?.["charged_n"] ?? 0;
          if (wire > 0 && seen.attempt === 1) expect(taken).toBe(1);
          if (seen.state === "canceled" && !seen.lost) expect(taken).toBe(0);
          // nothing of it is left for the next run
          await cancel(env.ports, db.id, id).catch(() => undefined);
          env.advance(3_600_000);
          await tick(env.ports);
          await deliver(env);
          await events();
        },
      ),
      { numRuns: 25 },
    );
  });
});
