/**
 * Moves a database from one installation to another; docs/move.md says in which order. It may be called again, by
 * `--again`: until then a database of that name is nobody's to change. Once it is live there only those who are not to be
 * mailed are taken along. Ends with 0 when all is there, 2 when the call was wrong or something was refused.
 */
import { call, type Given } from "./call.ts";

const usage = `npm run move -- --from https://api.old.example --to https://api.new.example --database acme

  --again   the other installation has the database by an earlier call: it is made what the former has once more

The operator's keys are read from POSTHOUSE_FROM_KEY and POSTHOUSE_TO_KEY.
`;

type Answer = Record<string, unknown>;
type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** What an API has answered in place of 2xx. */
class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the former keeps; docs/move.md says what becomes of each. */
const not_moved = [
  "emails and their timelines, counts, audit trail, received mail",
  "mail that waits, is held or scheduled",
  "threads, their messages and followers, inboxes",
  "secrets, webhooks, incoming servers, API keys",
  "former addresses of domains",
];

const options = {
  from: { type: "string" },
  to: { type: "string" },
  database: { type: "string" },
  again: { type: "boolean" },
} as const;

await call(usage, options, run);

async function run({ text, has }: Given): Promise<void> {
  const name = text("database");
  if (name === "") throw new Error("Say which database: --database <name>.");
  const [here, there] = [caller("from", text("from"), name), caller("to", text("to"), name)];
  const isLive = await make(here, there, name, has("again"));
  // What was changed there since it is live is not to be undone by what the former still has
  const configuration = isLive ? { left_alone: "the database is live there" } : await configure(here, there);
  const suppressions = await each(here, "/v1/suppressions", (entry) => suppress(there, entry));
  const opt_outs = await each(here, "/v1/opt-outs", ({ email }) => there("POST", "/v1/opt-outs", { email }));
  const done = { ...configuration, suppressions, opt_outs, not_moved };
  process.stdout.write(`${JSON.stringify(done, null, 2)}\n`);
}

/** Configuration and users, and what of it has to be completed by hand. */
async function configure(here: Call, there: Call): Promise<Answer> {
  const { secrets_missing, domains_unverified } = await there("PUT", "/v1/import", await here("GET", "/v1/export"));
  const users = await each(here, "/v1/users", ({ address, name, notify }) =>
    there("PUT", `/v1/users/${encodeURIComponent(String(address))}`, { name, notify }),
  );
  return { users, secrets_missing, domains_unverified };
}

/**
 * Makes the database with plan and limit of the former, and sends nothing until it is switched to live. One that is there
 * already may be another customer's, so it is only gone on with where the operator says that it is the same.
 * @returns whether it is live.
 */
async function make(here: Call, there: Call, name: string, again: boolean): Promise<boolean> {
  const { plan, apps, daily_limit_override: daily_limit } = await here("GET", `/v1/databases/${name}`);
  const found = await find(there, name);
  if (found && !again)
    throw new Error(
      `--to has a database ${name} already. Say --again if an earlier call made it; any other would be overwritten.`,
    );
  if (found) return found["delivery"] === "live";
  const limit = typeof daily_limit === "number" ? { daily_limit } : {};
  await there("POST", "/v1/databases", { name, plan, apps, ...limit, delivery: "capture" });
  return false;
}

async function find(there: Call, name: string): Promise<Answer | undefined> {
  try {
    return await there("GET", `/v1/databases/${name}`);
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return undefined;
    throw error;
  }
}

/** An address with two ends is stopped of mass mail first, for that may be longer. */
async function suppress(there: Call, { email, scope, reason, until, mass_until }: Answer): Promise<void> {
  const why = typeof reason === "string" ? { reason } : {};
  if (scope === "all" && mass_until !== until)
    await there("POST", "/v1/suppressions", { email, scope: "mass", ...why, until: mass_until });
  await there("POST", "/v1/suppressions", { email, scope, ...why, until });
}

/** Does something with each object of a list. @returns how many there were. */
async function each(here: Call, path: string, work: (one: Answer) => Promise<unknown>): Promise<number> {
  let count = 0;
  let after = "";
  for (;;) {
    const { data, has_more } = await here("GET", `${path}?limit=100${after}`);
    const page = data as readonly Answer[];
    for (const one of page) await work(one);
    count += page.length;
    const last = page.at(-1);
    if (has_more !== true || !last) return count;
    after = `&after=${encodeURIComponent(String(last["id"] ?? last["address"]))}`;
  }
}

function caller(side: "from" | "to", text: string, database: string): Call {
  if (!URL.canParse(text)) throw new Error(`--${side} is "${text}": give a URL as https://api.mail.example.com.`);
  const variable = `POSTHOUSE_${side.toUpperCase()}_KEY`;
  const key = process.env[variable]?.trim();
  if (!key) throw new Error(`${variable} is not set: give the operator's key of --${side} in it.`);
  const headers = {
    authorization: `Bearer ${key}`,
    "posthouse-database": database,
    "content-type": "application/json",
  };
  return async (method, path, body) => {
    const { host } = new URL(text);
    const response = await fetch(new URL(path, text), {
      ...{ method, headers, signal: AbortSignal.timeout(60_000) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new Error(`--${side}: ${host} does not answer (${reasonOf(error)}).`, { cause: error });
    });
    const answer = read(await response.text());
    if (response.ok && answer) return answer;
    // Not the path: it may hold an address
    const where = `--${side}: ${host} answers ${response.status} to ${method} /${path.split("/").slice(1, 3).join("/")}`;
    const said = answer ? String(answer["message"]) : "not in JSON, so it is no answer of the API";
    // What something else says between us and the API is nothing it has said
    throw answer ? new Refused(response.status, `${where}: ${said}`) : new Error(`${where}: ${said}`);
  };
}

/** The code of a failed connection, if there is one. */
function reasonOf(error: unknown): string {
  const { cause, name } = error as Error & { cause?: { code?: unknown } };
  return typeof cause?.code === "string" ? cause.code : name;
}

/** An answer of the API; undefined = it is none. */
function read(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}
