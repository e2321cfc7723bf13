/**
 * `npm run doctor`: whether every hop that mail takes works, and what to do about each that does not.
 * Ends with 0 when all are well, 1 when one is not or not yet known, 2 when nobody could be asked.
 */
import { parseArgs } from "node:util";
import type { DatabaseView } from "@posthouse/core/database/view";
import { accessRequest, type Volume } from "@posthouse/core/doctor/access";
import type { Report } from "@posthouse/core/doctor/examine";

const usage = `npm run doctor -- --stage production        over the API of a deployed stage
npm run doctor -- --url http://localhost:3000   over any API, such as that of "npm start"
npx sst shell --stage production -- npm run doctor -- --here --stage production
                                                with your own AWS credentials, without the API

  --probe <id>          how the mail of an earlier examination stands
  --production-access   the request to leave the sandbox of SES, filled in
  --json                what was answered, as it came

The key of the operator is read from POSTHOUSE_OPERATOR_KEY.
`;

/** What was wrong with the call itself. */
class Unusable extends Error {}

/** Where answers come from: the API, or what is around this process. */
interface Source {
  report(probe?: string): Promise<Report>;
  /** A page of the databases. */
  databases(after?: string): Promise<{ data: readonly DatabaseView[]; has_more: boolean }>;
}

const options = {
  url: { type: "string" },
  stage: { type: "string" },
  here: { type: "boolean" },
  probe: { type: "string" },
  "production-access": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

try {
  const { values } = parseArgs({ options });
  if (values.help) process.stdout.write(usage);
  else process.exitCode = await run(values);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n${error instanceof Unusable ? "" : `\n${usage}`}`);
  process.exitCode = 2;
}

async function run(values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"]): Promise<number> {
  const source = values.here ? await here(values) : over(urlOf(values), operatorKey());
  const report = await source.report(values.probe);
  if (values["production-access"]) return request(report, source);
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : shown(report));
  return report.ok ? 0 : 1;
}

function shown({ hops, ok }: Report): string {
  const mark = (well: boolean | null): string => (well === null ? "…" : well ? "✓" : "✗");
  const lines = hops.map(
    (hop) => `${mark(hop.ok)} ${hop.hop.padEnd(18)} ${hop.found}${hop.fix ? `\n${" ".repeat(21)}→ ${hop.fix}` : ""}`,
  );
  const last =
    ok === null ? "What is marked … is not known yet." : ok ? "All is well." : "What is marked ✗ is to be mended.";
  return `${lines.join("\n")}\n\n${last}\n`;
}

/** Prints the request to leave the sandbox, and how to hand it in. */
async function request({ facts }: Report, source: Source): Promise<number> {
  if (!facts) throw new Unusable("Give --production-access without --probe.");
  const { text, command } = accessRequest(facts, await volume(source));
  const open =
    facts.sandbox === false ? "This account has production access already; for more, see Service Quotas.\n\n" : "";
  process.stdout.write(
    `${open}What AWS will read; add who your customers are:\n\n${text}\n\nThe command that hands it in; put the website of your business into it first:\n\n${command}\n`,
  );
  return 0;
}

async function volume(source: Source): Promise<Volume> {
  let sum = { databases: 0, limit: 0, used: 0 };
  let after: string | undefined;
  for (;;) {
    const { data, has_more } = await source.databases(after);
    for (const { daily_limit, used } of data)
      sum = { databases: sum.databases + 1, limit: sum.limit + daily_limit, used: sum.used + used };
    after = data.at(-1)?.id;
    if (!has_more || after === undefined) return sum;
  }
}

/** Whom to ask. */
interface Where {
  readonly url?: string | undefined;
  readonly stage?: string | undefined;
}

/** The API of a stage is where its settings say it is. */
function urlOf({ url, stage }: Where): string {
  if (url !== undefined && /^https?:\/\/\w/.test(url) && URL.canParse(url)) return url.replace(/\/+$/, "");
  if (url !== undefined) throw new Unusable(`--url is "${url}": give a URL as http://localhost:3000.`);
  if (stage === undefined) throw new Error("Say whom to ask: --stage, --url or --here.");
  settingsOf(stage);
  const { POSTHOUSE_API_DOMAIN: api, POSTHOUSE_ROOT_DOMAIN: root } = process.env;
  if (api || root) return `https://${api || `api.${root}`}`;
  throw new Unusable(`POSTHOUSE_ROOT_DOMAIN is neither set nor in .env.${stage}: set it, or give --url.`);
}

function settingsOf(stage: string): void {
  try {
    process.loadEnvFile(`.env.${stage}`);
  } catch (error) {
    // The environment may have all that is needed
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function operatorKey(): string {
  const key = process.env["POSTHOUSE_OPERATOR_KEY"]?.trim();
  if (key) return key;
  throw new Unusable("POSTHOUSE_OPERATOR_KEY is not set: give the operator's key in it.");
}

function over(url: string, key: string): Source {
  const get = async <T>(path: string): Promise<T> => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${url}${path}`, { headers, signal: AbortSignal.timeout(35_000) }).catch(
      (cause: unknown) => {
        const how =
          "is it deployed? Without it: npx sst shell --stage <stage> -- npm run doctor -- --here --stage <stage>";
        throw Object.assign(new Unusable(`${new URL(url).host} does not answer (${why(cause)}): ${how}.`), { cause });
      },
    );
    const body = read(await response.text()) as (T & { message?: string }) | undefined;
    if (response.ok && body) return body;
    const reason = body?.message ?? "not as Posthouse does: is it the right address, and deployed?";
    throw new Unusable(`${new URL(url).host} answers ${response.status}: ${reason}`);
  };
  return {
    report: (probe) => get(`/v1/doctor${probe === undefined ? "" : `?probe=${encodeURIComponent(probe)}`}`),
    databases: (after) => get(`/v1/databases?limit=100${after === undefined ? "" : `&after=${after}`}`),
  };
}

/** What Node calls it: `ENOTFOUND`, `ECONNREFUSED`, `CERT_HAS_EXPIRED`, …, or `TimeoutError`. */
function why(error: unknown): string {
  const { name, cause } = error as Error;
  if (!(cause instanceof Error)) return name;
  const { code, message } = cause as NodeJS.ErrnoException;
  return code ?? message;
}

/** An answer's object; undefined where something else has answered. */
function read(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : undefined;
  } catch {
    // What stands before the API may answer with a page
    return undefined;
  }
}

/** In this process, by the credentials and resources of its environment, and the settings that functions get from infra/. */
async function here({ stage }: Where): Promise<Source> {
  if (stage !== undefined) process.env["POSTHOUSE_PUBLIC_URL"] ??= urlOf({ stage });
  const [{ runtime }, { ask, examine }, { list }] = await Promise.all([
    import("@posthouse/aws/runtime"),
    import("@posthouse/core/doctor/examine"),
    import("@posthouse/core/database/list"),
  ]);
  const ports = runtime();
  return {
    report: (probe) => (probe === undefined ? examine(ports) : ask(ports, probe)),
    databases: (after) => list(ports, { limit: 100, after }),
  };
}
