import * as Audit from "../audit/entry.ts";
import { cleanName } from "../company/company.ts";
import type { CompanyRecord } from "../company/record.ts";
import { isBusy } from "../configuration/commit.ts";
import type { DomainRecord } from "../domain/record.ts";
import { due } from "../email/due.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import * as Key from "../key/issue.ts";
import * as keys from "../keys.ts";
import * as Operator from "../operator/table.ts";
import type { Ports } from "../ports/main.ts";
import { type Check, isRefused, type Put, TransactionCanceled } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { settingsKey } from "./change.ts";
import { cleanDelivery } from "./delivery.ts";
import { assertName } from "./name.ts";
import { assertApps, assertLimit, assertPlan } from "./plan.ts";
import { type DatabaseSecrets, record } from "./secret.ts";
import type { Version } from "./version.ts";
import { type DatabaseView, view } from "./view.ts";

/** A database to be made. */
export interface CreateInput {
  /** A DNS label; its default domain is `<name>.<root domain>` (R-ADDR-1). */
  readonly name: string;
  /** A plan of the operator's table. Default: `trial`. */
  readonly plan?: string | undefined;
  /** Installed apps, each of which may raise the daily limit (R-LIM-1). */
  readonly apps?: readonly string[] | undefined;
  /** Recipients a day whatever plan and apps say; null = by those. */
  readonly daily_limit?: number | null | undefined;
  /** Name of the first company. Default: the database's name. */
  readonly company?: string | undefined;
  /** Where its mail goes. Default: `live`. */
  readonly delivery?: Version["delivery"] | undefined;
  readonly redirect_to?: string | null | undefined;
  /** Takes the name of a deleted database before its 400 days are over (R-ADDR-1). */
  readonly reuse_name?: boolean | undefined;
}

/** A database just made, and the token of its first key: it is shown this once. */
export interface Created {
  readonly database: DatabaseView;
  readonly api_key: string;
}

/**
 * Makes a database ready to send (R-ADDR-1): company, default domain, settings, a key with full access, and the
 * order to provision it at the platform. All or nothing, but for the order: the tick gives it again.
 * @param key makes it once for an idempotency key of the operator's; the answer is kept sealed for a day.
 * @throws AppError invalid_parameter for a bad name, plan or limit; name_taken.
 */
export const create = (ports: Ports, input: CreateInput, key?: Idempotency): Promise<Created> =>
  once(ports, "operator", key, (claims) => createOne(ports, input, claims), { sealed: true });

/** The same under claims of the caller's. */
export async function createOne(ports: Ports, input: CreateInput, claims: Claims<Created>): Promise<Created> {
  const created = await retry(ports, isOutdated, () => attempt(ports, input, claims));
  await orderProvisioning(ports, created.database.id);
  return created;
}

/** The operator's table was changed since it was read: decided again. The check on it is the last action. */
const isOutdated = (error: unknown): boolean =>
  error instanceof TransactionCanceled && error.reasons.at(-1)?.code === "ConditionalCheckFailed";

async function attempt(ports: Ports, input: CreateInput, claims: Claims<Created>): Promise<Created> {
  const table = await Operator.read(ports);
  const version = draft(ports, table, input);
  const key = Key.issue(ports, version.id, { name: "default", permission: "full_access" });
  const writes = [claim(ports, version, input.reuse_name ?? false), versionItem(ports, version)];
  const records = [
    company(ports, version, cleanName(input.company ?? input.name)),
    domain(ports, version),
    settings(version),
  ];
  const secret = await secrets(ports, version);
  const unchanged = Operator.unchanged(table);
  const created = { database: view(ports, version), api_key: key.token };
  const more = [...key.writes, ...trail(ports, version), ...(await claims(created))];
  await put(ports, [...writes, ...records, secret, ...more, unchanged]);
  return created;
}

function draft(ports: Ports, table: Operator.Table, input: CreateInput): Version {
  const { name, plan = "trial", apps = [], daily_limit = null } = input;
  assertName(name);
  assertPlan(table, plan);
  assertApps(apps);
  assertLimit(daily_limit);
  return {
    id: Id.make("database", ports),
    name,
    status: "active",
    paused_by: null,
    plan,
    apps,
    daily_limit,
    ...cleanDelivery(input),
    ...Operator.resolve(table, { plan, apps, daily_limit }),
    limit_rev: 1,
    config_version: 1,
    key_epoch: 1,
    provisioned: false,
    pepper: Buffer.from(ports.random.bytes(32)).toString("base64"),
    created_at: new Date(ports.clock.now()).toISOString(),
  };
}

/** A live claim has no `expires_at`; that of a deleted database has, and DynamoDB's TTL deletes late. */
function claim({ clock }: Ports, { id, name }: Version, reuse: boolean): Put {
  return {
    put: { ...keys.nameClaim(name), database: id },
    ...(reuse
      ? { if: "attribute_not_exists(pk) OR attribute_exists(#expires_at)" }
      : {
          if: "attribute_not_exists(pk) OR #expires_at <= :now",
          values: { now: Math.floor(clock.now() / 1000) },
        }),
  };
}

function versionItem({ clock, operator }: Ports, version: Version): Put {
  const takenUp = clock.now() + operator.waits.recovery * 1000;
  return {
    put: {
      ...keys.version(version.id),
      ...version,
      list_pk: "DATABASES",
      list_sk: version.name,
      ...due(version.id, takenUp),
    },
    if: "attribute_not_exists(pk)",
  };
}

function company(ports: Ports, version: Version, name: string): Put {
  const record: CompanyRecord = {
    id: Id.make("company", ports),
    name,
    domain_id: null,
    created_at: version.created_at,
  };
  return { put: { ...keys.configuration(version.id, "company", record.id), ...record } };
}

function domain(ports: Ports, version: Version): Put {
  const record: DomainRecord = {
    id: Id.make("domain", ports),
    name: `${version.name}.${ports.operator.root_domain}`,
    is_default: true,
    verified: true,
    mx_at_us: true,
    priority: 10,
    created_at: version.created_at,
    bounce_alias: "bounce",
    catchall_alias: "catchall",
    default_from: "notifications",
    resend: {},
  };
  return { put: { ...keys.configuration(version.id, "domain", record.id), ...record } };
}

const settings = ({ id }: Version): Put => ({ put: { ...settingsKey(id), revision: 0 } });

async function secrets({ random, vault }: Ports, { id }: Version): Promise<Put> {
  const secret: DatabaseSecrets = { token_key: Buffer.from(random.bytes(32)).toString("base64") };
  const sealed = await vault.seal(JSON.stringify(secret), { database: id, record });
  return { put: { ...keys.secret(id, record), sealed } };
}

/** In the database's own trail and in the operator's. */
function trail(ports: Ports, version: Version): Put[] {
  const { name, plan, apps, daily_limit, delivery, redirect_to } = version;
  const after = { name, plan, apps, daily_limit, delivery, redirect_to };
  const entry = (id: string): Audit.Change[] => [{ noun: "database", id, action: "create", before: null, after }];
  return [...Audit.put(ports, version.id, entry(version.id)), ...Audit.putOperators(ports, entry(name))];
}

/** The claim on the name is the first action. */
async function put(ports: Ports, writes: readonly (Put | Check)[]): Promise<void> {
  const token = Buffer.from(ports.random.bytes(16)).toString("hex");
  try {
    await retry(ports, isBusy, () => ports.store.transact(writes, token));
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new AppError(
      "name_taken",
      "A database has this name, or had it less than 400 days ago: choose another, or say `reuse_name: true` if it was deleted.",
      { cause: error, details: { field: "name" } },
    );
  }
}

async function orderProvisioning({ queue, log }: Ports, db: string): Promise<void> {
  try {
    await queue.send("provision", [{ body: { database: db }, group: db }]);
  } catch (error) {
    // The database exists; the tick finds what is not provisioned in the due index
    log.warn("provisioning not ordered, left to the tick", { database: db, error });
  }
}
