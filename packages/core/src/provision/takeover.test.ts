import {
  CreateEmailIdentityCommand,
  GetEmailIdentityCommand,
  PutEmailIdentityFeedbackAttributesCommand,
  type SESv2Client,
} from "@aws-sdk/client-sesv2";
import type { TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import type { TestDns } from "../../../../test/support/dns.ts";
import { type DomainMachine, provisionAll, publish, startDomains } from "../../../../test/support/domain.ts";
import * as Domain from "../domain/domain.ts";
import { isWhole, proofOf } from "../domain/proof.ts";
import { verify } from "../domain/verify.ts";
import type { DomainView } from "../domain/view.ts";

let started: DomainMachine;
let dns: TestDns;
let machine: TestPorts;
let client: SESv2Client;
let db: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  started = await startDomains();
  ({ dns, machine, client } = started);
});
beforeEach(async () => {
  name = `taken${made++}.com`;
  db = await makeDatabase(machine.ports, { name: `taker${made}` });
});
afterAll(() => started.close());

const identity = () => client.send(new GetEmailIdentityCommand({ EmailIdentity: name }));
async function add(to = db, input: Partial<Domain.DomainInput> = {}): Promise<DomainView> {
  const { id } = await Domain.create(machine.ports, await to.version(), { name, ...input });
  await provisionAll(machine);
  return Domain.get(machine.ports, await to.version(), id);
}
async function check({ id }: DomainView, of = db): Promise<DomainView> {
  machine.advance(11_000);
  await verify(machine.ports, await of.version(), id);
  await provisionAll(machine);
  return Domain.get(machine.ports, await of.version(), id);
}

describe("R-DOM-9 whose an identity at SES is", () => {
  it("R-DOM-9 one made by others is neither used, changed nor removed, and the database is told", async () => {
    await client.send(new CreateEmailIdentityCommand({ EmailIdentity: name }));
    machine.ses.control.verify(name);
    const before = await identity();
    const view = await add();
    publish(dns, view);
    expect(await check(view)).toMatchObject({
      status: "failed",
      status_reason: expect.stringContaining("not made by Posthouse"),
    });
    await Domain.remove(machine.ports, await db.version(), view.id);
    await provisionAll(machine);
    expect({ ...(await identity()), $metadata: null }).toEqual({ ...before, $metadata: null });
  });

  it("R-DOM-9 a missing identity proves nothing at SES, and is nothing to prove at a relay", () => {
    const seen = { ownership: ["posthouse-verification=t"] } as never;
    const check = { name, token: "t", mail_from: `send.${name}`, identity: null, seen };
    expect(isWhole(proofOf(check, { platform: "ses" }))).toBe(false);
    expect(isWhole(proofOf(check, { platform: "smtp" }))).toBe(true);
  });

  it("R-DOM-9 feedback by mail that was left on is turned off", async () => {
    const view = await add();
    await client.send(
      new PutEmailIdentityFeedbackAttributesCommand({ EmailIdentity: name, EmailForwardingEnabled: true }),
    );
    await check(view);
    expect((await identity()).FeedbackForwardingStatus).toBe(false);
  });

  it("R-DOM-9 who takes a domain over has its own MAIL FROM at SES before it is verified", async () => {
    const holder = await add(db, { resend: { custom_return_path: "mine" } });
    publish(dns, holder);
    expect((await check(holder)).status).toBe("verified");
    const other = await makeDatabase(machine.ports, { name: `other${made}` });
    const winner = await add(other);
    publish(dns, winner);
    await check(winner, other);
    expect((await identity()).MailFromAttributes?.MailFromDomain).toBe(`mine.${name}`);
    machine.advance(1.1 * 3_600_000);
    expect((await check(winner, other)).status).toBe("verified");
    expect((await identity()).MailFromAttributes?.MailFromDomain).toBe(`send.${name}`);
  });

  it("R-DOM-9 the MX of a MAIL FROM domain that SES does not have proves nothing", () => {
    const mail_from = `send.${name}`;
    const [feedback_mx, mx] = ["feedback.example", [{ exchange: "feedback.example", priority: 10 }]];
    const proved = (at_ses: string | null) => {
      const identity = { dkim: "success", feedback_mx, mail_from: at_ses } as never;
      return proofOf(
        { name, token: "t", mail_from, identity, seen: { mail_from_mx: mx } as never },
        { platform: "ses" },
      );
    };
    expect([proved(mail_from), proved(`mine.${name}`), proved(null)].map((proof) => proof.mail_from)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("R-DOM-9 who does not hold a domain has no say over its identity", async () => {
    const holder = await add();
    publish(dns, holder);
    expect((await check(holder)).status).toBe("verified");
    machine.ses.control.verify(name, "FAILED");
    const other = await makeDatabase(machine.ports, { name: `other${made}` });
    await add(other, { resend: { custom_return_path: "mine" } });
    expect(await identity()).toMatchObject({
      DkimAttributes: { Status: "FAILED" },
      MailFromAttributes: { MailFromDomain: `send.${name}` },
    });
  });
});
