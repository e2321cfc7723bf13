import { install } from "@posthouse/local/doctor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { playing } from "../../../test/support/doctor.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await install(api.machine.services, "posthouse.test");
});
afterAll(() => api.close());

describe("GET /v1/doctor", () => {
  it("answers the operator hop by hop, and a probe again by its id", async () => {
    const { status, body } = await playing(api.machine, api.call("GET", "/v1/doctor"));
    expect(status).toBe(200);
    const hops = body["hops"] as { hop: string; ok: boolean | null }[];
    expect(hops.find(({ hop }) => hop === "event_path")).toMatchObject({ ok: true, fix: "" });
    expect(body["facts"]).toMatchObject({ root_domain: "posthouse.test", region: "us-east-1", sandbox: false });
    const again = await api.call("GET", `/v1/doctor?probe=${String(body["probe"])}`);
    expect(again.body).toMatchObject({ ok: true, hops: [{ hop: "event_path" }, { hop: "dispatch" }], facts: null });
  });

  it("examines nothing for HEAD: whoever asks so wants no mail sent", async () => {
    const sent = api.machine.ses.mailbox.list().length;
    const { status } = await api.call("HEAD", "/v1/doctor");
    expect([status, api.machine.ses.mailbox.list().length]).toEqual([200, sent]);
  });

  it("is the operator's alone, and knows no probe of nobody's", async () => {
    const { key } = await api.database();
    const refused = await api.call("GET", "/v1/doctor", undefined, { key });
    expect([refused.status, refused.body.name]).toEqual([401, "restricted_api_key"]);
    for (const probe of ["prb_00000000000000000000000000", "em_x"])
      expect((await api.call("GET", `/v1/doctor?probe=${probe}`)).body.name).toBe("not_found");
  });
});
