import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configuration, D, domain, server } from "../../../../test/fixtures/routing.ts";
import * as Address from "../address/address.ts";
import { AppError } from "../error.ts";
import { decide } from "./decide.ts";
import { explain } from "./explain.ts";
import { prepare } from "./prepare.ts";
import type { Configuration, Decision, Mail, Server } from "./schema.ts";

const local = fc.constantFrom("mary", "bob", "notifications", "hello");
const host = fc.constantFrom("a.com", "b.com", "c.com", "new.com", D);
const address = fc.tuple(local, host).map(([user, domain]) => `${user}@${domain}`);
const part = fc.oneof(host, address);
const filter = fc.oneof(fc.constant(null), fc.array(part, { maxLength: 3 }).map(String));

const anyServer = (index: number): fc.Arbitrary<Server> =>
  fc
    .record({
      from_filter: filter,
      priority: fc.integer({ min: 0, max: 3 }),
      active: fc.boolean(),
      kind: fc.constantFrom("smtp", "platform"),
      owner: fc.option(address),
      name: fc.constantFrom("one", "two"),
    })
    .map((more) => ({ ...server(`srv_${index}`, null), ...more }));

const servers = fc
  .integer({ min: 0, max: 6 })
  .chain((n) => fc.tuple(...Array.from({ length: n }, (_, i) => anyServer(i))));

const anyConfiguration: fc.Arbitrary<Configuration> = fc
  .record({
    servers,
    verified: fc.boolean(),
    default_from: fc.oneof(local, address),
    platform: fc.constantFrom("ses", "smtp"),
    settings: fc.record({
      prefer_notification_server: fc.boolean(),
      unique_address_mode: fc.constantFrom("always", "fallback"),
      dedicated_server: fc.option(fc.constantFrom("srv_0", "srv_9")),
      custom_email_servers: fc.boolean(),
      personal_servers: fc.boolean(),
      default_domain_over_smtp: fc.boolean(),
    }),
  })
  .map(({ servers, verified, default_from, platform, settings }) =>
    configuration(servers, {
      domains: [domain("a.com", { default_from, verified }), domain("b.com"), domain("new.com", { verified: false })],
      settings,
      platform,
    }),
  );

const mailbox = fc.tuple(fc.string({ unit: "grapheme", maxLength: 12 }), address).map(([name, address]) => {
  const quoted = name.replace(/\p{Cc}/gu, "").replace(/["\\]/g, "\\$&");
  return `"${quoted}" <${address}>`;
});

const anyMail: fc.Arbitrary<Mail> = fc.record({
  from: fc.oneof(fc.constant(null), address, mailbox),
  kind: fc.constantFrom("transactional", "mass"),
  creator: fc.option(address, { nil: undefined }),
  server: fc.option(fc.constantFrom("srv_0", "srv_1"), { nil: undefined, freq: 3 }),
});

/** A decision, or the name of the refusal; any other error fails the property. */
function attempt(given: Configuration, mail: Mail): Decision | string {
  try {
    return decide(prepare(given), mail);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.name;
  }
}

const holds = (check: (given: Configuration, mail: Mail, decision: Decision) => void): void => {
  fc.assert(
    fc.property(anyConfiguration, anyMail, (given, mail) => {
      const decision = attempt(given, mail);
      if (typeof decision !== "string") check(given, mail, decision);
    }),
    { numRuns: 1000 },
  );
};

describe("every decision", () => {
  it("R-SEL-1 an exact match goes before a domain match whatever the priorities", () => {
    const priority = fc.integer({ min: -5, max: 5 });
    fc.assert(
      fc.property(address, priority, priority, fc.array(priority), (from, one, two, others) => {
        const domains = others.map((each, i) => server(`d${i}`, Address.domainOf(from), { priority: each }));
        const list = [server("exact", `x.com, ${from}`, { priority: one }), server("open", null, { priority: two })];
        const decision = decide(prepare(configuration([...domains, ...list])), { from, kind: "transactional" });
        expect(decision).toMatchObject({ rule: "from_address", server: { id: "exact" }, from });
      }),
    );
  });

  it("R-SEL the order of the lists never matters", () => {
    const shuffled = anyConfiguration.chain((given) =>
      fc.record({
        given: fc.constant(given),
        servers: fc.shuffledSubarray(given.servers, { minLength: given.servers.length }),
        domains: fc.shuffledSubarray(given.domains, { minLength: given.domains.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, anyMail, ({ given, servers, domains }, mail) => {
        expect(attempt({ ...given, servers, domains }, mail)).toEqual(attempt(given, mail));
      }),
      { numRuns: 500 },
    );
  });

  it("R-SEL-9 over the platform is from a verified domain of the database", () => {
    holds((given, _, decision) => {
      if (decision.over === "smtp") return;
      const own = given.domains.filter((each) => each.is_default || each.verified).map(({ name }) => name);
      for (const sent of [decision.from_address, decision.envelope_from]) {
        expect(own).toContain(Address.domainOf(sent));
      }
    });
  });

  it("R-SEL-9 is refused for its From on a forced server only", () => {
    fc.assert(
      fc.property(anyConfiguration, anyMail, (given, mail) => {
        if (mail.server === undefined) expect(attempt(given, mail)).toBeTypeOf("object");
      }),
      { numRuns: 500 },
    );
  });

  it("R-REW-1 keeps a name when it overrides", () => {
    holds((_, mail, decision) => {
      if (!decision.overridden) return;
      expect(decision.from_name).toBeTruthy();
      const local = mail.from?.match(/([a-z]+)@[a-z.-]+>?$/)?.[1] ?? "";
      expect(decision.from.startsWith('"') && decision.from.endsWith(` <${decision.from_address}>`)).toBe(true);
      if (!mail.from?.includes('"')) expect(decision.from_name).toBe(local);
    });
  });

  it("R-SEL-8 R-PERS-2 sends over nobody else's server and no inactive one", () => {
    holds((_, mail, { server, from_address }) => {
      if (server === null) return;
      expect(server.active).toBe(true);
      if (server.owner !== null) expect([mail.creator, from_address]).toEqual([server.owner, server.owner]);
    });
  });

  it("R-SEL-10 is explained with exactly one line taken, its own", () => {
    holds((given, mail, decision) => {
      const lines = explain(prepare(given), mail, decision);
      expect(lines).toHaveLength(given.servers.length + 1);
      const taken = lines.filter((line) => line.taken).map((line) => line.server);
      expect(taken).toEqual([decision.server?.id ?? "platform"]);
      expect(lines.every(({ why }) => why.length > 0 && !why.includes("undefined") && !why.includes("null"))).toBe(
        true,
      );
    });
  });

  it("R-REW-6 no hostile From puts a line break or NUL into any part of the answer", () => {
    const noise = fc.string({
      unit: fc.constantFrom(...'m@a.com<>"\\(),;: =?q_0DA\r\n\0\u2028é'.split("")),
      maxLength: 60,
    });
    const given = configuration([server("open", null)]);
    fc.assert(
      fc.property(
        fc.oneof(
          noise,
          noise.map((name) => `${name} <mary@x.com>`),
        ),
        (from) => {
          const decision = attempt(given, { from, kind: "transactional", reply_to: ["a@b.com"] });
          if (typeof decision === "string") expect(["invalid_from_address", "invalid_header"]).toContain(decision);
          else
            expect(
              Object.values(decision)
                .flat()
                .filter((each) => /[\r\n\0]/.test(String(each))),
            ).toEqual([]);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("costs the same for any number of servers: no list is walked once the configuration is prepared", () => {
    const prepared = prepare(configuration([server("ext", "a.com"), server("open", null)]));
    const untouchable = <T extends object>(list: T): T =>
      new Proxy(list, {
        get: (_, key) => {
          throw new Error(`${String(key)} of a list was read`);
        },
      });
    const lists = { servers: untouchable(prepared.configuration.servers), domains: untouchable([]) };
    const sealed = {
      ...prepared,
      order: untouchable(prepared.order),
      configuration: { ...prepared.configuration, ...lists, companies: untouchable([]) },
    };
    for (const from of [null, "x@a.com", "x@foreign.com"]) {
      expect(decide(sealed, { from, kind: "mass" }).server).not.toBeNull();
    }
  });
});
