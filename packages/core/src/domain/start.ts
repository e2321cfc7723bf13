import * as Domain from "../address/domain.ts";
import type { Loaded } from "../configuration/load.ts";
import { due } from "../email/due.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Put, Write } from "../ports/store.ts";
import * as Check from "./check.ts";
import * as Former from "./former.ts";
import type { DomainRecord } from "./record.ts";

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator">;

/** The sub-domain that is the MAIL FROM domain, unless `custom_return_path` says otherwise; as with Resend. */
const returnPath = "send";

/**
 * The custom MAIL FROM domain of a domain (R-DOM-9).
 * @throws AppError invalid_parameter when `custom_return_path` is no label.
 */
export function mailFrom({ name, resend }: Pick<DomainRecord, "name" | "resend">): string {
  const given = resend["custom_return_path"];
  const label = typeof given === "string" ? given : returnPath;
  const domain = `${label}.${name}`;
  if (!label.includes(".") && Domain.toAscii(domain) === domain) return domain;
  throw new AppError(
    "invalid_parameter",
    `custom_return_path is to be a label in lower case, such as "${returnPath}", that with the domain has 253 characters at most.`,
    { details: { field: "custom_return_path" } },
  );
}

/**
 * The writes that begin the verification of a new domain. Its token is of this database and this name: domains of one
 * name in a database share it, and one that is made anew has that which is published, while mail to former addresses of
 * the name comes in (R-DOM-7). `zone` is its organisational domain; `rests`: it has to be asked for first.
 */
export async function writes(
  ports: Needs,
  loaded: Loaded,
  record: DomainRecord,
  { zone, rests }: { readonly zone: string; readonly rests: boolean },
): Promise<Write[]> {
  const { id: db } = loaded.version;
  const twin = loaded.domains.find(({ name }) => name === record.name);
  const known = twin && (await Check.read(ports, db, twin.id));
  const old = known ? undefined : await Former.keeper(ports, db, record.name);
  const check: Check.CheckRecord = {
    id: record.id,
    database: db,
    name: record.name,
    zone,
    state: "live",
    revision: 0,
    token: known?.token ?? old?.token ?? Buffer.from(ports.random.bytes(20)).toString("hex"),
    mail_from: known?.mail_from ?? mailFrom(record),
    identity: null,
    associated: false,
    seen: null,
    checked_at: null,
    status: "not_started",
    failing_since: null,
    verified_at: null,
    unproven_since: record.created_at,
    refusal: rests ? "resting" : null,
    rival_gone_since: null,
    checks: 0,
    created_at: record.created_at,
  };
  const takenUp = ports.clock.now() + ports.operator.waits.recovery * 1000;
  return [Check.put(check, takenUp), ...(rests ? [] : [seek(check)])];
}

/** The domain is one that wants the identity of its name to be there. */
export const seek = ({ name, database, id }: Pick<Check.CheckRecord, "name" | "database" | "id">): Put => ({
  put: { ...keys.domainSeeker(name, database, id), database },
});

/** The writes that have a deleted domain let go of: the check stays until that is done. */
export async function end(ports: Needs, db: string, id: string): Promise<Write[]> {
  if (!(await Check.read(ports, db, id))) return [];
  const takenUp = ports.clock.now() + ports.operator.waits.recovery * 1000;
  return [
    {
      update: keys.domainCheck(db, id),
      set: { state: "removed", ...due(id, takenUp) },
      add: { revision: 1 },
      remove: ["due_n"],
      if: "attribute_exists(pk)",
    },
    { delete: keys.domainUse(db, id) },
  ];
}
