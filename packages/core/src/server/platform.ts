import * as Address from "../address/address.ts";
import type { Problem } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import type { ProviderStatus } from "../ports/provider.ts";

/** One step of the test of a platform record on SES (R-SRV-4). */
export interface PlatformStep {
  readonly step: "quota" | "identity" | "tenant";
  readonly ok: boolean;
  readonly reply: string;
  readonly class: Problem | null;
  readonly ms: number;
}

type Needs = Pick<Ports, "provider" | "clock" | "log" | "operator">;

/**
 * Tests the platform on SES (R-SRV-4): the account's quota, the identity that covers `from`, the database's tenant.
 * All of it is said, whatever of it is wrong.
 */
export async function testPlatform(ports: Needs, db: string, from: string): Promise<PlatformStep[]> {
  const start = ports.clock.now();
  const identity = identityOf(ports, from);
  const status = await ask(ports, db, identity);
  const ms = ports.clock.now() - start;
  const judged = status
    ? judge(status, identity)
    : ([["quota", "SES did not answer: try again", "no_answer"]] as const);
  return judged.map(([step, reply, problem]) => ({ step, ok: problem === null, reply, class: problem, ms }));
}

/** Default domains are covered by the identity of the root domain; an alias domain has its own. */
function identityOf({ operator }: Needs, from: string): string {
  const domain = Address.domainOf(Address.normalize(from));
  return domain.endsWith(`.${operator.root_domain}`) ? operator.root_domain : domain;
}

async function ask(ports: Needs, db: string, identity: string): Promise<ProviderStatus | undefined> {
  try {
    return await ports.provider.status(db, identity);
  } catch (error) {
    ports.log.warn("SES did not say its status", { database: db, error });
    return undefined;
  }
}

type Judged = readonly [step: PlatformStep["step"], reply: string, problem: Problem | null];

function judge({ quota, identity, tenant }: ProviderStatus, name: string): Judged[] {
  const { enabled, sandbox, limit, used } = quota;
  const left = `${used} of ${limit ?? "unlimited"} recipients used in 24 hours${sandbox ? "; sandbox: verified recipients only" : ""}`;
  const isRoom = limit === null || used < limit;
  const isTenant = tenant === "ENABLED" || tenant === "REINSTATED";
  return [
    ["quota", enabled ? left : "SES has suspended the account's sending", enabled && isRoom ? null : "refused"],
    ["identity", `${name} is ${identity ? "" : "not "}verified at SES`, identity ? null : "sender_refused"],
    [
      "tenant",
      tenant === null ? "not made yet: try again in a minute" : `sending is ${tenant.toLowerCase()}`,
      isTenant ? null : "refused",
    ],
  ];
}
