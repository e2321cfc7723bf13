import { run as dispatch } from "@posthouse/core/dispatch/batch";
import { examine, type Report } from "@posthouse/core/doctor/examine";
import type { HopName } from "@posthouse/core/doctor/hop";
import { note } from "@posthouse/core/doctor/tick";
import { run as feedback } from "@posthouse/core/feedback/batch";
import type { Ports } from "@posthouse/core/ports/main";
import { install } from "@posthouse/local/doctor";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { startDns, type TestDns } from "./dns.ts";

/** The Region of the embedded AWS. */
export const region = "us-east-1";

interface Patience {
  readonly wait_ms?: number;
  readonly hop_ms?: number;
}

/** What does not run: queues that nobody reads, the tick. */
type Off = readonly ("dispatch" | "mass" | "external" | "tick")[];

/** An installation whose hops are all well, until a test breaks one. */
export interface Patient {
  readonly env: TestPorts;
  readonly dns: TestDns;
  /** Examines it while dispatch and the feedback function run. */
  report(change?: Partial<Ports>, patience?: Patience, off?: Off): Promise<Report>;
  close(): Promise<void>;
}

/** An API that answers, wherever it is. */
export const http: Ports["http"] = { refusal: async () => null, request: async () => ({ status: 200, body: "" }) };

/** Starts it, with a DNS of its own. */
export async function startPatient(): Promise<Patient> {
  const dns = await startDns();
  publish(dns);
  const operator = { public_url: "https://api.posthouse.test" };
  const env = await startTestPorts({ dns_servers: [dns.address], operator, ports: { http } });
  await install(env.services, "posthouse.test");
  return {
    env,
    dns,
    report: (change, patience, off) => report(env, change, patience, off),
    async close() {
      await env.close();
      await dns.close();
    },
  };
}

/** All that a deployment has published. */
export function publish(dns: TestDns): void {
  for (const name of ["posthouse.test", "*.posthouse.test"]) {
    dns.clear(name);
    dns.set(name, "MX", `10 inbound-smtp.${region}.amazonaws.com`);
  }
  dns.set(`inbound-smtp.${region}.amazonaws.com`, "A", "192.0.2.1");
  dns.set("api.posthouse.test", "A", "192.0.2.2");
}

async function report(env: TestPorts, change: Partial<Ports> = {}, patience: Patience = {}, off: Off = []) {
  // A wildcard is no name of the test's server, as it is one of any other
  const mx: Ports["dns"]["mx"] = (name) => env.ports.dns.mx(name.replace(/^doctor-[0-9a-f]{16}\./, "*."));
  const ports = { ...env.ports, dns: { ...env.ports.dns, mx }, ...change };
  return playing(env, examine(ports, { wait_ms: 8_000, hop_ms: 8_000, ...patience }), off);
}

/** Plays dispatch and the feedback function until some work is done, as if a tick had just come to its end. */
export async function playing<T>(env: TestPorts, work: Promise<T>, off: Off = []): Promise<T> {
  let open = true;
  const done = work.finally(() => (open = false));
  if (!off.includes("tick")) await note(env.ports);
  while (open) {
    for (const queue of (["dispatch", "mass", "external"] as const).filter((each) => !off.includes(each)))
      await dispatch(env.ports, await env.jobs.take(queue).catch(() => []));
    await feedback(env.ports, await env.jobs.take("feedback").catch(() => []));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return done;
}

/** A hop of a report. */
export const hopOf = ({ hops }: Report, name: HopName) => hops.find(({ hop }) => hop === name);
/** Those that are broken. */
export const broken = ({ hops }: Report): HopName[] => hops.filter(({ ok }) => ok === false).map(({ hop }) => hop);
