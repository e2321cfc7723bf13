import { seeded } from "../support/seeded.ts";
import { calm, quiet } from "./calm.ts";
import { check } from "./check/all.ts";
import { admitsDoubt, countCopies, type Evidence, type Mail, mailsOf } from "./check/evidence.ts";
import { fair } from "./fleet/protocol.ts";
import { createCaller } from "./load/caller.ts";
import { plan } from "./load/plan.ts";
import { startLoad } from "./load/run.ts";
import { setUp } from "./load/setup.ts";
import { type Product, withProduct } from "./product.ts";

/** What became of mail while SES told nothing. */
export interface CutReport {
  /** What was broken, in words. */
  readonly violations: readonly string[];
  /** Transactional mail that was sent twice, and says so. */
  readonly doubled: number;
  /** Mass mail that ended `unknown`. */
  readonly unknown: number;
  /** What of it was corrected when the events came after all. */
  readonly corrected: number;
}

/** So many hand-overs fail, half of them after SES has taken the mail. */
const ses_faults = 0.4;

/**
 * The event path is cut while answers are lost: transactional mail is sent again with its note, mass mail ends
 * `unknown` and is never sent again (G3). When the events come after all, what was unknown is corrected (R-FAIL-1, G4).
 */
export const cut = (seed: number, mails: number): Promise<CutReport> =>
  withProduct(seed, (product) => play(seed, mails, product));

async function play(seed: number, mails: number, product: Product): Promise<CutReport> {
  const { fleet, smtp, endpoint } = product;
  await setUp({ ...fleet, smtp_port: smtp.port, endpoint: endpoint.url, limits: { tight: 1, patient: 1 } });
  const planned = plan(seeded(seed + 2), mails * 2, fleet.now()).filter(({ database }) => database === "shop");
  await product.weather({ ...fair, ses_faults, events_held: true });
  const load = startLoad(planned, createCaller(fleet, product.ended));
  load.gate.open(Number.POSITIVE_INFINITY);
  const answered = await load.done;
  await quiet(product);
  await product.weather({ ...fair, events_held: true });
  const ended = await calm(product);
  const known = { answered, events_arrived: false, spent: [] };
  const dark = await product.evidence(known);
  await product.weather(fair);
  await quiet(product);
  const light = await product.evidence(known);
  const { G1, G2, G3, G4 } = check(light);
  const unknown = unknownOf(dark);
  const sent = new Set(light.ses.map(({ email }) => email));
  return {
    violations: [
      ...(ended ? [] : ["mail still waits"]),
      ...G1,
      ...G2,
      ...G3,
      ...G4,
      ...massTwice(dark),
      ...early(dark),
    ],
    doubled: doubledOf(dark).length,
    unknown: unknown.length,
    corrected: unknown.filter(({ head }) => sent.has(head.id)).length,
  };
}

const unknownOf = ({ items }: Evidence): Mail[] =>
  [...mailsOf(items).values()].filter(({ head }) => head.state === "failed" && head.failure_type === "unknown");

const doubledOf = ({ ses }: Evidence): string[] => [...countCopies(ses)].flatMap(([key, n]) => (n > 1 ? [key] : []));

function massTwice(evidence: Evidence): string[] {
  const mails = mailsOf(evidence.items);
  return doubledOf(evidence)
    .filter((key) => mails.get(key.split(" ")[0] ?? "")?.head.kind === "mass")
    .map((key) => `${key}: mass mail was sent again`);
}

/** Only mass mail ends unknown, and it says so. */
const early = (evidence: Evidence): string[] =>
  unknownOf(evidence).flatMap((mail) =>
    mail.head.kind === "mass" && admitsDoubt(mail) ? [] : [`${mail.head.id}, ${mail.head.kind}, ended unknown`],
  );
