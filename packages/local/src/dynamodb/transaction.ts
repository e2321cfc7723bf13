/**
 * TransactWriteItems, as AWS does it: all or nothing, refused by position, and
 * in conflict with whatever else is in flight on one of its items. Nothing is
 * serialised behind the caller's back: the later of two overlapping
 * transactions is cancelled, and it is the caller who tries again.
 */
import { type Action, assertAggregate, parse } from "./action.ts";
import * as Capacity from "./capacity.ts";
import type { Database } from "./database.ts";
import { CONFLICT, cancelled, is, type Reason } from "./error.ts";
import { old, type Staged, stage } from "./stage.ts";
import * as Token from "./token.ts";

/**
 * Runs a transaction. Throws TransactionCanceledException with a reason for
 * each action, ValidationException, IdempotentParameterMismatchException or
 * TransactionInProgressException.
 */
export async function transactWrite(database: Database, input: Record<string, unknown>) {
  const token = input.ClientRequestToken;
  const mode = input.ReturnConsumedCapacity;
  if (typeof token !== "string") return answer(await run(database, parse(database, input)), mode);
  const hash = Token.digest(input.TransactItems);
  const actions = parse(database, input);
  if (database.tokens.claim(token, hash, database.now())) return replay(database, actions, mode);
  let committed = false;
  try {
    const costs = await run(database, actions, { token, hash });
    committed = true;
    return answer(costs, mode);
  } finally {
    database.tokens.settle(token, hash, database.now(), committed);
  }
}

async function run(database: Database, actions: Action[], claim?: { token: string; hash: string }) {
  const flight = database.locks.begin(actions.map((action) => action.id));
  try {
    await flight.ready;
    const staged = await Promise.all(actions.map((action) => stage(database, action.operation, action.request)));
    const reasons = staged.map((one, position) => reason(one, actions[position], flight.conflicts[position] === true));
    const costs = meter(database, actions, staged, reasons);
    if (reasons.some(({ Code }) => Code !== "None")) throw cancelled(reasons);
    assertAggregate(staged);
    await database.hold();
    const rows = staged.flatMap((one, position) => (actions[position]?.check ? [] : one.operations));
    const remembered = claim ? [database.tokens.row(claim.token, claim.hash, database.now())] : [];
    await database.commit([...rows, ...remembered]);
    return costs;
  } finally {
    flight.end();
  }
}

function reason(staged: Staged, action: Action | undefined, conflicts: boolean): Reason {
  if (conflicts) return CONFLICT;
  const { failure } = staged;
  if (!failure) return { Code: "None" };
  if (is(failure, "ConditionalCheckFailedException")) {
    return { Code: "ConditionalCheckFailed", Message: failure.message, ...old(staged, action?.returns) };
  }
  return { Code: "ValidationError", Message: failure.message };
}

/** What was prepared is paid for, also when the transaction is cancelled; what met a conflict was not prepared. */
function meter(database: Database, actions: Action[], staged: Staged[], reasons: Reason[]): Capacity.Cost[] {
  const whole = reasons.every(({ Code }) => Code === "None");
  const costs = staged.flatMap((one, position) => {
    const code = reasons[position]?.Code;
    if (code === "TransactionConflict" || code === "ValidationError") return [];
    if (whole && !actions[position]?.check) return [Capacity.ofWrite(one, true)];
    return [Capacity.ofCheck(one.table, one.before, true)];
  });
  const summed = Capacity.sum(costs);
  database.meter.add("TransactWriteItems", "writes", summed);
  return summed;
}

/** A token seen again: nothing is written, the items are read (and paid for) as a transaction reads them. */
async function replay(database: Database, actions: Action[], mode: unknown) {
  const staged = await Promise.all(actions.map((action) => stage(database, action.operation, action.request)));
  const costs = Capacity.sum(staged.map((one) => Capacity.ofRead(one.table.TableName, one.before)));
  database.meter.add("TransactWriteItems", "reads", costs);
  return answer(costs, mode);
}

function answer(costs: Capacity.Cost[], mode: unknown): Record<string, unknown> {
  const ConsumedCapacity = costs.flatMap((cost) => Capacity.report(cost, mode) ?? []);
  return ConsumedCapacity.length > 0 ? { ConsumedCapacity } : {};
}
