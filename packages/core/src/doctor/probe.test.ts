import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { broken, hopOf, type Patient, startPatient } from "../../../../test/support/doctor.ts";
import { run as feedback } from "../feedback/batch.ts";
import { ask } from "./examine.ts";

let patient: Patient;
beforeEach(async () => {
  patient = await startPatient();
});
afterEach(() => patient.close());

describe("the mail to the simulator", () => {
  it("that is not back in time is asked for again by its id, and is a fault in the end", async () => {
    patient.env.ses.control.set({ holdEvents: true });
    const all = await patient.report({}, { wait_ms: 300, hop_ms: 8_000 });
    expect([all.ok, broken(all)]).toEqual([null, []]);
    const probe = String(all.probe);
    expect(hopOf(all, "event_path")).toMatchObject({
      ok: null,
      fix: expect.stringContaining(`/v1/doctor?probe=${probe}`),
    });
    patient.env.advance(11 * 60_000);
    expect(await ask(patient.env.ports, probe)).toMatchObject({
      ok: false,
      hops: [{ found: expect.stringMatching(/no event of it/) }, { hop: "dispatch", ok: true }],
    });
    patient.env.ses.control.set({ holdEvents: false });
    while (patient.env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await feedback(patient.env.ports, await patient.env.jobs.take("feedback"));
    expect(await ask(patient.env.ports, probe)).toMatchObject({ ok: true });
    patient.env.advance(86_400_000);
    await expect(ask(patient.env.ports, probe)).rejects.toMatchObject({ name: "not_found" });
  });

  it("is known by its own id only: an event of a stranger's makes nothing, and is done with", async () => {
    const event = (id: string) => ({
      id,
      group: null,
      body: {
        eventType: "Delivery",
        mail: { messageId: "m", timestamp: "2026-11-23T07:00:00.000Z", tags: { posthouse_probe: [id] } },
        delivery: { timestamp: "2026-11-23T07:00:01.000Z", recipients: [] },
      },
    });
    const ids = ["prb_00000000000000000000000000", "em_1", "x".repeat(3_000)];
    patient.env.meter.reset();
    expect(await feedback(patient.env.ports, ids.map(event))).toEqual({ failed: [] });
    for (const id of ids) await expect(ask(patient.env.ports, id)).rejects.toMatchObject({ name: "not_found" });
  });

  it("whose arrival cannot be noted is told again", async () => {
    const { probe } = await patient.report();
    const store = { ...patient.env.ports.store, write: () => Promise.reject(new Error("the store does not answer")) };
    const body = {
      eventType: "Send",
      mail: { messageId: "m", timestamp: "2026-11-23T07:00:00.000Z", tags: { posthouse_probe: [String(probe)] } },
    };
    expect(await feedback({ ...patient.env.ports, store }, [{ id: "m1", group: null, body }])).toEqual({
      failed: ["m1"],
    });
  });
});
