import { SESv2Client } from "@aws-sdk/client-sesv2";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { status } from "./status.ts";

let env: TestPorts;
let client: SESv2Client;
beforeAll(async () => {
  env = await startTestPorts();
  const credentials = { accessKeyId: "x", secretAccessKey: "y" };
  client = new SESv2Client({ region: "eu-west-1", endpoint: env.ses.url, credentials });
});
afterAll(async () => {
  client.destroy();
  await env.close();
});

it("R-SRV-4 says quota, identity and tenant, and what there is not", async () => {
  await env.ports.provider.createTenant("db_1");
  const quota = { enabled: true, sandbox: false, limit: null, used: 0 };
  expect(await status(client, "db_1", "posthouse.test")).toEqual({ quota, identity: true, tenant: "ENABLED" });
  expect(await status(client, "db_2", "nobody.example")).toEqual({ quota, identity: null, tenant: null });
  env.ses.control.set({ sandbox: true, max24HourSend: 200 });
  env.ses.control.suspend(true);
  env.ses.control.pauseTenant("db_1", true);
  env.ses.control.verify("new.example", "PENDING");
  expect(await status(client, "db_1", "new.example")).toEqual({
    quota: { enabled: false, sandbox: true, limit: 200, used: 0 },
    identity: false,
    tenant: "DISABLED",
  });
});
