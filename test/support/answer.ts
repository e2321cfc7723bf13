import { type Asked, answer } from "@posthouse/core/answer/answer";
import { patient } from "@posthouse/core/answer/pace";
import * as Authenticity from "@posthouse/core/inbound/authenticity";
import * as Mail from "@posthouse/core/inbound/mail";
import { read } from "@posthouse/core/inbound/receipt";
import type { Ports } from "@posthouse/core/ports/main";
import type { TestPorts } from "@posthouse/local/testing";
import type { TestDatabase } from "./database.ts";
import { arrive, type Incoming } from "./inbound.ts";

let made = 0;

/** A mail that nobody expects came in, from a sender whose domain vouches for it. */
export async function stray(
  env: TestPorts,
  { from = "mary@customer.example", more = "", ...given }: Partial<Incoming> & { from?: string; more?: string } = {},
): Promise<Asked> {
  const [address = ""] = given.to ?? ["nobody@company-name.posthouse.test"];
  const raw = `From: <${from}>\nTo: ${address}\nSubject: An offer\nMessage-ID: <stray${made++}@customer.example>\n${more}\nHello.\n`;
  const job = await arrive(env, { to: [address], raw, envelope_from: from, verdicts: { dmarc: "PASS" }, ...given });
  const receipt = read(job.body);
  const bytes = receipt && (await env.ports.blobs.get(receipt.blob));
  if (!receipt || !bytes) throw new Error("the mail is not there");
  return {
    ...{ receipt, mail: Mail.read(bytes), address, reason: "no_such_address", text: null },
    authentication: () => Authenticity.of(env.ports, receipt, bytes),
    patience: patient(),
  };
}

/** Answers it, as of the database as it is now. */
export const reply = async (ports: Ports, db: TestDatabase, asked: Asked): Promise<string> =>
  answer(ports, await db.version(), asked);

/** Ports whose clock does not wait: it moves on. */
export const hasty = (env: TestPorts): Ports => ({
  ...env.ports,
  clock: { ...env.ports.clock, sleep: async (ms) => env.advance(ms) },
});
