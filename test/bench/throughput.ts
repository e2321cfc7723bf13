import { read } from "@posthouse/core/database/version";
import { accept } from "@posthouse/core/email/accept";
import { mail } from "../support/database.ts";
import { createClient, type Send } from "./api.ts";
import { createBare } from "./bare.ts";
import { median, ratio } from "./statistics.ts";
import { createAccount, fixture, startWorld, type World } from "./world.ts";

/** Callers at a time, each on a database of its own. */
export const lanes = 16;

/** Mails accepted a second. */
export interface Throughput {
  /** `POST /v1/emails` through the app, core alone, and the same calls made bare. */
  readonly api: number;
  readonly core: number;
  readonly bare: number;
  /** Bare over each: how many times as long a mail takes. */
  readonly apiRatio: number;
  readonly coreRatio: number;
  /** All callers on one database: its counter takes them one after another. */
  readonly oneDatabase: number;
}

/** Measures in alternating rounds, so that what slows the machine down slows all three. */
export async function measure(rounds: number, mails: number): Promise<Throughput> {
  const world = await startWorld();
  try {
    const accounts = [];
    for (let n = 0; n < lanes; n++) accounts.push(await createAccount(world.ports, `lane-${n}`));
    const client = createClient(world.ports);
    const ways = {
      api: accounts.map((account) => client(account)),
      core: accounts.map(({ id }) => coreSend(world, id)),
      bare: await createBare(world, accounts),
    };
    const one = accounts.slice(0, 1).flatMap((account) => Array.from({ length: lanes }, () => client(account)));
    const rates = { api: [], core: [], bare: [], one: [] } as Record<"api" | "core" | "bare" | "one", number[]>;
    for (const sends of Object.values(ways)) await rate(sends, mails / 4);
    for (let round = 0; round < rounds; round++)
      for (const way of turned(["api", "core", "bare"] as const, round)) rates[way].push(await rate(ways[way], mails));
    rates.one.push(await rate(one, mails));
    return {
      api: median(rates.api),
      core: median(rates.core),
      bare: median(rates.bare),
      apiRatio: ratio(rates.bare, rates.api),
      coreRatio: ratio(rates.bare, rates.core),
      oneDatabase: median(rates.one),
    };
  } finally {
    await world.close();
  }
}

/** Accepts as the API does, with the version read strongly for each mail. */
const coreSend = ({ ports }: World, id: string): Send => {
  const request = mail({ ...fixture, to: [fixture.to] });
  return async () => (await accept(ports, await read(ports.store, id), request)).id;
};

/** Mails a second when every lane sends one after another. */
async function rate(sends: readonly Send[], mails: number): Promise<number> {
  let left = Math.round(mails);
  const start = performance.now();
  await Promise.all(
    sends.map(async (send) => {
      while (left-- > 0) await send();
    }),
  );
  return (mails / (performance.now() - start)) * 1_000;
}

const turned = <T>(list: readonly T[], by: number): T[] => list.map((_, n) => list[(n + by) % list.length] as T);
