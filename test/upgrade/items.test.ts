import { readFile } from "node:fs/promises";
import * as Former from "@posthouse/core/domain/former";
import { statuses } from "@posthouse/core/inbound/record";
import { versionOf } from "@posthouse/core/migration/migration";
import { registry } from "@posthouse/core/migration/registry";
import { places } from "@posthouse/core/migration/walk";
import { tick } from "@posthouse/core/tick/run";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, startApi } from "../../packages/api/test/client.ts";
import { deliver, takeEvents } from "../support/database.ts";
import { dump } from "../support/leftovers.ts";
import { type Release, readRelease, restore } from "./release.ts";
import { openVault as vault } from "./vault.ts";

/** An installation that an earlier release has left behind: this one takes it over as it is. */

let api: Api;
let release: Release;
beforeEach(async () => {
  release = await readRelease("v1");
  api = await startApi({ vault }, { start: release.recorded_at, ports: { vault } });
  await restore(api.machine.ports, release);
});
afterEach(() => api.close());

const get = (path: string) => api.call("GET", path, undefined, { key: release.key });
type Paths = Record<string, Record<string, { security: object[] }>>;
const description = JSON.parse(await readFile(new URL("../../packages/api/openapi.json", import.meta.url), "utf8")) as {
  paths: Paths;
};
const reads = Object.entries(description.paths).flatMap(([path, { get: operation }]) =>
  operation && "database" in (operation.security[0] ?? {}) ? [{ path }] : [],
);
/** Lists that need nothing named: an inbox is a user's. */
const lists = reads.filter(({ path }) => !path.includes("{") && path !== "/v1/inbox");
const of = (list: string) => reads.filter(({ path }) => path.startsWith(`${list}/{id}`));

/** Each item of all kinds that have changed their shape. */
async function changing(): Promise<readonly Record<string, unknown>[]> {
  const found = Object.values(places)
    .flatMap((place) => place(release.database))
    .map((query) => api.machine.ports.store.query({ ...query, consistent: true }));
  return (await Promise.all(found)).flatMap(({ items }) => items);
}

/** Ticks until all migrations have ended. */
async function migrate(): Promise<void> {
  for (let n = 0; n <= 2 * registry.length; n++) {
    await tick(api.machine.ports);
    api.machine.advance(3_600_000);
  }
}

describe("what the release before has stored", () => {
  it.each(["as it was", "taken forward"])("every GET of the API reads it, %s", async (how) => {
    if (how === "taken forward") await migrate();
    const seen: string[] = [];
    for (const { path } of lists) {
      const { status, body } = await get(path);
      expect(status, path).toBe(200);
      for (const { id } of Array.isArray(body.data) ? body.data : [])
        for (const one of of(path)) {
          if (/\{(?!id\})/.test(one.path)) continue;
          const answered = await get(one.path.replace("{id}", id));
          expect([200, 303], `${one.path}: ${answered.text}`).toContain(answered.status);
          seen.push(one.path);
        }
    }
    for (const noun of [
      "api-keys",
      "companies",
      "domains",
      "emails",
      "received",
      "servers",
      "suppressions",
      "webhooks",
    ])
      expect(
        lists.map(({ path }) => path),
        noun,
      ).toContain(`/v1/${noun}`);
    expect(seen).toEqual(expect.arrayContaining(["/v1/domains/{id}", "/v1/emails/{id}", "/v1/received/{id}"]));
  });

  it("is taken forward by the tick, once, and the operator sees it", async () => {
    const before = await changing();
    expect(before.length).toBeGreaterThan(2);
    expect(before.every((item) => versionOf(item) === 1)).toBe(true);
    await migrate();
    const after = await changing();
    expect(after.map(versionOf)).toEqual(before.map(() => 2));
    for (const { status, purpose } of after)
      expect([...statuses, "bounce", "catchall", "notification"]).toContain(status ?? purpose);
    const { body } = await api.call("GET", "/v1/operator/migrations");
    expect(body.data).toHaveLength(registry.length);
    for (const one of body.data) expect(one).toMatchObject({ status: "finished", items_failed: 0, databases: 1 });
    const others = (items: readonly object[]) =>
      items
        .map((item) => JSON.stringify(item))
        .filter((text) => /"pk":"(?:NAME|KEY|DOM|SUP|OPTOUT|HOOK|BODY)#/.test(text));
    expect(others(await dump(api.machine)).toSorted()).toEqual(others(release.items).toSorted());
  });

  it("R-IN-4 mail that nothing claimed is rejected now, and can be confirmed and routed by hand at once", async () => {
    const { body } = await get("/v1/received");
    const unrouted = body.data.find((one) => one["status"] === "rejected");
    expect(unrouted).toMatchObject({ source: "mx", in_reply_to_email: null, authentication: null });
    const path = `/v1/received/${unrouted?.id}`;
    expect((await api.call("POST", `${path}/confirm`, {}, { key: release.key })).status).toBe(200);
    const routed = await api.call("POST", `${path}/route`, { model: "crm.lead" }, { key: release.key });
    expect(routed.body).toMatchObject({ status: "threaded" });
    await migrate();
    expect((await get(path)).body).toMatchObject({ status: "threaded", source: "mx" });
  });

  it("R-DOM-7 the purpose of former addresses is what their names tell, before and after", async () => {
    const purposes = async () =>
      (await Former.list(api.machine.ports, release.database)).map(({ address, purpose }) => `${purpose} ${address}`);
    const before = await purposes();
    expect(before).toEqual(expect.arrayContaining(["bounce bounce@company.com", "catchall catchall@company.com"]));
    await migrate();
    expect(await purposes()).toEqual(before);
  });

  it("G1 G2 mail that it accepted goes out, each once, at its time and within its limit", async () => {
    const { machine } = api;
    const used = async () => (await get("/v1/usage")).body["used"];
    const before = await used();
    machine.advance(16_000);
    await tick(machine.ports);
    await deliver(machine);
    machine.advance(86_400_000);
    await tick(machine.ports);
    await deliver(machine);
    await takeEvents(machine);
    const sent = machine.ses.mailbox
      .list()
      .flatMap(({ recipients }) => recipients)
      .toSorted();
    expect(sent).toEqual(["later@example.net", "waiting@example.net"]);
    expect(before).toBeGreaterThan(0);
    const { body } = await get("/v1/emails");
    expect(body.data.filter(({ last_event }) => last_event === "delivered").length).toBeGreaterThanOrEqual(2);
  });
});
