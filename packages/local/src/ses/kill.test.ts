import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { SendEmailCommand } from "@aws-sdk/client-sesv2";
import { describe, expect, it, onTestFinished } from "vitest";
import { ACCOUNT, createClient, createFixture, message, REGION } from "./fixture.ts";
import { startSes } from "./server.ts";

const CHILD = new URL("./child.ts", import.meta.url).pathname;

async function startChild(dir: string, snsEndpoint: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [CHILD, dir, snsEndpoint], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, url: line.toString().trim() };
}

/** Sends 60 mails at once and kills the process at the given answer; returns the ids that were answered. */
async function sendAndKill(child: ChildProcess, url: string, answer: number): Promise<string[]> {
  const client = createClient(url);
  const acknowledged: string[] = [];
  const input = {
    ConfigurationSetName: "main",
    Destination: { ToAddresses: ["to@example.net"] },
    Content: { Raw: { Data: message("From: mary@example.com") } },
  };
  const one = async () => {
    const { MessageId } = await client.send(new SendEmailCommand(input));
    acknowledged.push(MessageId ?? "");
    if (acknowledged.length === answer) child.kill("SIGKILL");
  };
  const exited = once(child, "exit");
  await Promise.allSettled(Array.from({ length: 60 }, one));
  await exited;
  client.destroy();
  return acknowledged;
}

describe("SIGKILL", () => {
  it.each([1, 20, 60])("right after answer %i loses no acknowledged mail and no event", async (answer) => {
    const { dir, snsEndpoint, received, close } = await createFixture();
    await close();
    const { child, url } = await startChild(dir, snsEndpoint);
    const acknowledged = await sendAndKill(child, url, answer);
    expect(acknowledged.length).toBeGreaterThanOrEqual(answer);

    const { mailbox, close: stop } = await startSes({ dir, snsEndpoint, region: REGION, accountId: ACCOUNT });
    onTestFinished(stop);
    const ids = mailbox.list().map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(acknowledged));
    const wanted = ids.flatMap((id) => [`Send ${id}`, `Delivery ${id}`]).sort();
    const arrived = () => [...new Set(received().map(({ eventType, mail }) => `${eventType} ${mail.messageId}`))];
    await expect.poll(() => arrived().length, { timeout: 20_000 }).toBe(wanted.length);
    expect(arrived().sort()).toEqual(wanted);
  });
});
