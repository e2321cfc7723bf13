import { ListSubscriptionsByTopicCommand, SNSClient, SubscribeCommand, UnsubscribeCommand } from "@aws-sdk/client-sns";
import { credentials, inboundTopicArn, queues, topicArn } from "@posthouse/local/resources";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { broken, hopOf, type Patient, region, startPatient } from "../../../../test/support/doctor.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import { ask } from "./examine.ts";

let patient: Patient;
beforeEach(async () => {
  patient = await startPatient();
});
afterEach(() => patient.close());

const shortly = { wait_ms: 1_000 };

describe("whether mail is taken off its queues, and the tick runs", () => {
  it("a queue that nobody reads is not known yet, then a fault; read again, all is well", async () => {
    const { env } = patient;
    const all = await patient.report({}, shortly, ["dispatch"]);
    expect([all.ok, hopOf(all, "dispatch")]).toMatchObject([
      null,
      { ok: null, found: "no job is through dispatch yet", fix: expect.stringContaining(`?probe=${all.probe}`) },
    ]);
    env.advance(11 * 60_000);
    const later = await ask(env.ports, String(all.probe));
    expect([later.ok, hopOf(later, "event_path")?.ok]).toEqual([false, true]);
    expect(hopOf(later, "dispatch")).toMatchObject({
      found: "in ten minutes no job came through dispatch",
      fix: expect.stringMatching(/event source mapping/),
    });
    const again = await patient.report();
    expect(hopOf(again, "dispatch")?.found).toMatch(/^a job went through dispatch, mass, external in \d+\.\d s$/);
    expect((await ask(env.ports, String(all.probe))).ok).toBe(true);
  });

  it("each queue of mail by itself", async () => {
    const all = await patient.report({}, shortly, ["mass", "external"]);
    expect(hopOf(all, "dispatch")?.found).toBe("no job is through mass, external yet");
  });

  it("a tick that never ran, that came to its end, and that is silent", async () => {
    const { env } = patient;
    const never = await patient.report({}, shortly, ["tick"]);
    expect([never.ok, broken(never), hopOf(never, "tick")?.found]).toEqual([
      false,
      ["tick"],
      "no tick has come to its end yet",
    ]);
    await tick(env.ports);
    expect(hopOf(await patient.report({}, {}, ["tick"]), "tick")?.ok).toBe(true);
    env.advance(7 * 60_000);
    const silent = await patient.report({}, shortly, ["tick"]);
    expect(hopOf(silent, "tick")).toMatchObject({
      ok: false,
      found: "none came to its end for 7 minutes",
      fix: expect.stringMatching(/schedule of Tick/),
    });
  });

  it("SES that is busy with customers' mail is no fault, and says to ask anew", async () => {
    const busy: Ports["ses"] = {
      send: async () => ({
        outcome: "refused",
        reply: "TooManyRequestsException: Maximum sending rate exceeded.",
        failure: "temporary",
        retry: true,
      }),
    };
    const all = await patient.report({ ses: busy });
    expect([all.ok, broken(all)]).toEqual([null, []]);
    for (const hop of ["event_path", "subdomain"] as const)
      expect(hopOf(all, hop)).toMatchObject({ ok: null, fix: "Ask again in a minute." });
    expect(hopOf(await ask(patient.env.ports, String(all.probe)), "event_path")).toMatchObject({
      ok: null,
      found: "SES took no mail to the simulator",
    });
  });
});

describe("what a topic tells", () => {
  it("a stranger's queue beside ours is nobody's matter, in our queue's place it is a fault", async () => {
    const sns = new SNSClient({ endpoint: patient.env.services.fauxqs.url, region, credentials });
    try {
      const stranger = (like: string) => like.replace(/[^:]+$/, queues.webhook.name);
      const ours = async (TopicArn: string) => {
        const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
        return Subscriptions;
      };
      const { inspector } = patient.env.ports;
      const subscriptions: typeof inspector.subscriptions = async (topic) => {
        const list = (await inspector.subscriptions(topic)) ?? [];
        return [...list.map((each) => ({ ...each, endpoint: stranger(each.endpoint), raw: false })), ...list];
      };
      expect(broken(await patient.report({ inspector: { ...inspector, subscriptions } }))).toEqual([]);
      for (const TopicArn of [topicArn, inboundTopicArn])
        for (const { SubscriptionArn, Endpoint = "" } of await ours(TopicArn)) {
          const Attributes = { RawMessageDelivery: "true" };
          await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: stranger(Endpoint), Attributes }));
          await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
        }
      const all = await patient.report({}, shortly);
      expect(broken(all)).toEqual(["event_topic", "receipt_rules"]);
      expect(hopOf(all, "event_topic")?.found).toBe("the queue feedback is not subscribed to the topic");
    } finally {
      sns.destroy();
    }
  });

  it("destinations that share the types are as good as one", async () => {
    const { inspector } = patient.env.ports;
    const destinations =
      (from: number): typeof inspector.destinations =>
      async (set) =>
        ((await inspector.destinations(set)) ?? []).flatMap((each) => [
          { ...each, types: each.types.slice(from, 2) },
          { ...each, types: each.types.slice(2) },
        ]);
    expect(broken(await patient.report({ inspector: { ...inspector, destinations: destinations(0) } }))).toEqual([]);
    const all = await patient.report({ inspector: { ...inspector, destinations: destinations(1) } });
    expect(broken(all)).toEqual(["event_destination"]);
  });
});
