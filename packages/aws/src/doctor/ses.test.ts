import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { expect, it } from "vitest";
import { account } from "./ses.ts";

const credentials = { accessKeyId: "a", secretAccessKey: "b" };

/** What the doctor is told of an account that SES answers this of. */
async function told(answer: object) {
  const server = createServer((_request, response) => response.end(JSON.stringify(answer))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new SESv2Client({ endpoint, region: "us-east-1", credentials });
  try {
    return await account(client);
  } finally {
    client.destroy();
    server.close();
  }
}

it("says the pricing plan of the account, and null where SES does not", async () => {
  const PricingAttributes = { CurrentPlan: "ESSENTIALS", NextPlan: "NONE" };
  expect(await told({ SendingEnabled: true, PricingAttributes })).toMatchObject({ enabled: true, plan: "ESSENTIALS" });
  expect(await told({ SendingEnabled: true })).toMatchObject({ plan: null });
});
