import { join } from "node:path";
import { account, region } from "@posthouse/local/fauxqs";
import { startKms } from "@posthouse/local/kms/server";
import type { Fault, Hook } from "@posthouse/local/ses/fault";
import type { Mail } from "@posthouse/local/ses/mailbox";
import { startSes } from "@posthouse/local/ses/server";
import type { Copy, Start, Waiting } from "../fleet/protocol.ts";
import { root } from "../fleet/settings.ts";
import { rejected } from "../load/address.ts";
import type { Handlers, State } from "./state.ts";

/** SES with its faults, and KMS. */
export async function startSesRole({ dir, ports, weather }: Start, state: State): Promise<Handlers> {
  const kms = await startKms({ dir: join(dir, "kms"), port: ports.kms });
  const ses = await startSes({
    dir: join(dir, "ses"),
    port: ports.ses,
    now: state.clock.now,
    snsEndpoint: `http://127.0.0.1:${ports.queues}`,
    region,
    accountId: account,
    hook: hook(state),
  });
  ses.control.verify(root);
  ses.control.set({ holdEvents: weather.events_held });
  // What is held waits for nobody but the parent
  const waiting = (): Waiting => ({ count: state.weather.events_held ? 0 : ses.control.pending(), dead: [] });
  return {
    key_arn: kms.keyArn,
    weather: ({ events_held }) => ses.control.set({ holdEvents: events_held }),
    ask: (what) => (what === "copies" ? ses.mailbox.list().flatMap(copies) : waiting()),
  };
}

const copies = ({ id, recipients, tags }: Mail): Copy[] =>
  recipients.map((recipient) => ({ email: tags["posthouse_email"] ?? "", recipient, provider_id: id }));

/** Refused for good whom nobody knows; else throttled, 5xx or cut before the mail is taken, 5xx or cut after it. */
const hook =
  (state: State): Hook =>
  (moment, { recipients }) => {
    if (moment === "before" && !state.weather.forgiving && recipients.some(rejected)) return { error: refusal };
    // Asked before and after: each of both has its half of the share
    if (!state.strikes(state.weather.ses_faults) || state.random.below(2) === 0) return undefined;
    return state.pick(moment === "before" ? before : after);
  };

const refusal = { name: "MessageRejected", status: 400, message: "Email address is not acceptable." };
const failed: Fault = { error: { name: "InternalServiceErrorException", status: 500 } };
const cut: Fault = { drop: true };
const throttled: Fault = { error: { name: "TooManyRequestsException", status: 429, message: "Rate exceeded" } };
const slow: Fault = { delay: 300 };

const before: [Fault, ...Fault[]] = [throttled, failed, cut, slow];
const after: [Fault, ...Fault[]] = [failed, cut, slow];
