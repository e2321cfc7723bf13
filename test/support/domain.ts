import { run } from "@posthouse/core/database/provision";
import type { DnsRecord } from "@posthouse/core/domain/dns-record";
import type { DomainView } from "@posthouse/core/domain/view";
import { tick } from "@posthouse/core/tick/run";
import type { TestPorts } from "@posthouse/local/testing";
import type { TestDns } from "./dns.ts";

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
