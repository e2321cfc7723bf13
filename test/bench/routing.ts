import { decide } from "@posthouse/core/routing/decide";
import { prepare } from "@posthouse/core/routing/prepare";
import type { Mail } from "@posthouse/core/routing/schema";
import { configuration, server } from "../fixtures/routing.ts";

/**
 * Measures what a decision costs with few and with many servers, the configuration being prepared: the target is a
 * ratio of at most 2. Every step of R-SEL is among the mails.
 */

const rounds = 50_000;
const mails: Mail[] = ["x@domain-7.com", "mary@domain-3.com", "x@foreign.com", '"Mary" <m@foreign.com>', null].map(
  (from) => ({ from, kind: "transactional" }),
);

/** Nanoseconds a decision, the best of five runs. */
export function measure(servers: number): number {
  const list = Array.from({ length: servers }, (_, i) => server(`s${i}`, `domain-${i}.com, mary@domain-${i}.com`));
  const prepared = prepare(configuration(list, { settings: { prefer_notification_server: true } }));
  const run = (): number => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < rounds; i++) for (const mail of mails) decide(prepared, mail);
    return Number(process.hrtime.bigint() - start) / (rounds * mails.length);
  };
  return Math.min(...Array.from({ length: 5 }, run));
}

/** The two figures and their ratio, as one line. */
export function report(): string {
  const [few, many] = [measure(10), measure(1000)];
  return `routing: ${few.toFixed(0)} ns a decision with 10 servers, ${many.toFixed(0)} ns with 1,000: ratio ${(many / few).toFixed(2)} (target: at most 2)`;
}

if (import.meta.main) console.log(report());
