import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { GetAccountCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { expect, it } from "vitest";
import { limited } from "./call.ts";

it("a call that is never answered is broken off", async () => {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: "x", secretAccessKey: "x" };
  const client = new SESv2Client({ endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials });
  try {
    await expect(limited(client, 200).send(new GetAccountCommand())).rejects.toThrow(/abort/i);
  } finally {
    client.destroy();
    for (const socket of open) socket.destroy();
    server.close();
  }
});
