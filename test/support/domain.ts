import { SESv2Client } from "@aws-sdk/client-sesv2";
import { run } from "@posthouse/core/database/provision";
import type { DnsRecord } from "@posthouse/core/domain/dns-record";
import type { DomainView } from "@posthouse/core/domain/view";
import { tick } from "@posthouse/core/tick/run";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { startDns, type TestDns } from "./dns.ts";

/** A machine that looks its domains up at a DNS server of the test's own. */
export interface DomainMachine {
  readonly dns: TestDns;
  readonly machine: TestPorts;
  /** Looks into the embedded SES. */
  readonly client: SESv2Client;
  close(): Promise<void>;
}

/** Starts both, with a client of the embedded SES. */
export async function startDomains(): Promise<DomainMachine> {
  const dns = await startDns();
  const machine = await startTestPorts({ dns_servers: [dns.address] });
  const credentials = { accessKeyId: "x", secretAccessKey: "x" };
  const client = new SESv2Client({ endpoint: machine.services.ses.url, region: "us-east-1", credentials });
  const close = async (): Promise<void> => {
    client.destroy();
    await machine.close();
    await dns.close();
  };
  return { dns, machine, client, close };
}

/** Plays the provisioning queue until it is empty. */
export async function provisionAll({ ports, jobs }: TestPorts): Promise<void> {
  for (let taken = await jobs.take("provision"); taken.length > 0; taken = await jobs.take("provision")) {
    const { failed } = await run(ports, taken);
    if (failed.length > 0) throw new Error(`provisioning failed for ${failed.length} of ${taken.length}`);
  }
}

/** Lets so much time pass, then the tick and what it orders. */
export async function later(machine: TestPorts, ms: number): Promise<void> {
  machine.advance(ms);
  await tick(machine.ports);
  await provisionAll(machine);
}

/** Publishes records as a domain's view asks for them; all required ones unless told which. */
export function publish(
  dns: TestDns,
  { records }: Pick<DomainView, "records">,
  chosen: (record: DnsRecord) => boolean = ({ required }) => required,
): void {
  for (const { name, type, value, priority } of records.filter(chosen))
    dns.set(name, type, type === "MX" ? `${priority} ${value}` : value);
}
