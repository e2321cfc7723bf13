import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { awsConfig } from "@posthouse/local/services";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { arrive } from "../../../../test/support/inbound.ts";
import * as Alias from "../alias/alias.ts";
import { list } from "./list.ts";
import { get } from "./read.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  await Alias.create(env.ports, await db.version(), { name: "sales", model: "crm.lead" });
});
afterAll(() => env.close());

/** A process of its own takes the mail in, as the function does. @returns MB it has held at most. */
async function heldBy(job: unknown): Promise<number> {
  const ports = join(import.meta.dirname, "../../../aws/src/ports.ts");
  const config = { ...awsConfig(env.services, env.ports.operator, true), dns_servers: ["127.0.0.1:9"] };
  const script = `
    import { createPorts } from ${JSON.stringify(ports)};
    import { run } from ${JSON.stringify(join(import.meta.dirname, "batch.ts"))};
    const { config, job } = JSON.parse(process.argv[1]);
    const { failed } = await run(createPorts(config), [job]);
    if (failed.length > 0) throw new Error("not taken in");
    process.stdout.write("\\n" + process.resourceUsage().maxRSS);
    process.exit();`;
  const argument = JSON.stringify({ config, job });
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script, argument]);
  return Number(stdout.split("\n").at(-1)) / 1024;
}

const header = (id: string) =>
  `From: mary@customer.example\r\nMessage-ID: <${id}@customer.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n`;
const part = (content: Buffer, n: number) => {
  const lines = content.toString("base64").replace(/.{76}/g, "$&\r\n");
  return `--b\r\nContent-Type: image/png; name=${n}.png\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`;
};
/** A mail of somewhat less than 40 MB, that no compression makes smaller. */
const mailOf = (id: string, files: number): Buffer => {
  const size = Math.floor((28 * 1_048_576) / files);
  const parts = Array.from({ length: files }, (_, n) => part(randomBytes(size), n));
  return Buffer.from(`${header(id)}${parts.join("")}--b--\r\n`);
};

describe("R-IN a mail of 40 MB becomes a message", () => {
  it.each([
    ["one file", 1],
    ["1,000 files", 1_000],
  ])(
    "R-IN of %s, in a function of 1,024 MB",
    async (name, files) => {
      const raw = mailOf(`f${files}`, files);
      expect(raw.length).toBeGreaterThan(38 * 1_048_576);
      const job = await arrive(env, { to: ["sales@company-name.posthouse.test"], raw });
      // what the function's runtime holds beside it is left for it
      expect(await heldBy(job), name).toBeLessThan(768);
      const { data } = await list(env.ports, db.id, { limit: 100 });
      const received = data.find(({ message_id }) => message_id === `<f${files}@customer.example>`);
      expect(received?.status).toBe("threaded");
      const { attachments } = await get(env.ports, db.id, received?.id ?? "");
      const size = Math.floor((28 * 1_048_576) / files);
      expect(attachments.map((file) => file.size)).toEqual(Array(files).fill(size));
    },
    300_000,
  );
});
