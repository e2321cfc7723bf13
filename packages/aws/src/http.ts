import { type ClientRequest, request as plain } from "node:http";
import { request as secure } from "node:https";
import { isIP, isIPv6, type LookupFunction } from "node:net";
import { rootCertificates } from "node:tls";
import { type Http, type HttpAnswer, type HttpRequest, HttpUnavailable } from "@posthouse/core/ports/http";
import { SmtpUnavailable } from "@posthouse/core/ports/mailer";
import type { AwsConfig } from "./config.ts";
import * as Guard from "./smtp/guard.ts";
import { directResolver, LookupTimeout, type Resolver, resolve, systemResolver } from "./smtp/resolve.ts";

/** How requests are guarded. */
export interface HttpOptions {
  /** Whether private networks, and plain `http:`, may be used (G7). */
  readonly private_hosts: boolean;
  /** @default the system's */
  readonly dns?: Resolver;
  /** For one request as a whole, in ms. @default 10 s */
  readonly timeout?: number;
  /** Bytes of an answer at most. @default 256 KB */
  readonly most?: number;
  /** Certificate authorities (PEM) trusted beside the public ones. */
  readonly ca?: readonly string[];
}

/** The HTTP port; it may reach private networks where SMTP servers may be there. */
export const openHttp = ({ private_smtp_hosts, dns_servers }: AwsConfig): Http =>
  createHttp({
    private_hosts: private_smtp_hosts,
    // Names of a private network are the system's to know
    dns: private_smtp_hosts ? systemResolver : directResolver(dns_servers),
  });

/**
 * The HTTP port on Node's own client, so that it connects to the very addresses that were checked (G7): the name is
 * not looked up again, and a redirect is an answer that nobody follows.
 */
export function createHttp(options: HttpOptions): Http {
  const { private_hosts, dns = systemResolver } = options;
  return {
    refusal: async (text) => refusal(text, private_hosts),
    async request(request) {
      const { timeout = options.timeout ?? 10_000 } = request;
      const url = parse(request.url, private_hosts);
      const host = hostOf(url);
      const start = Date.now();
      const addresses = await checked(host, { private_hosts, port: portOf(url), dns, timeout });
      const left = Math.max(1, timeout - (Date.now() - start));
      return exchange(request, url, host, addresses, { ...options, timeout: left });
    },
  };
}

function parse(text: string, private_hosts: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && private_hosts)) return url;
  throw new HttpUnavailable("the URL is to begin with https://");
}

/** What is against a URL without looking anything up. */
function refusal(text: string, private_hosts: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && private_hosts)) return "is to begin with https://";
  const host = hostOf(url);
  if (isIP(host) > 0) {
    const why = Guard.refusal(host, { private_hosts, port: portOf(url) });
    return why === null ? null : `leads to ${host}, which ${why}: use a public host`;
  }
  const isLocal = /^(?:.+\.)?localhost\.?$/.test(host);
  return isLocal && !private_hosts ? `leads to ${host}, which is this machine itself: use a public host` : null;
}

/** Without the brackets of an IPv6 address. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, "$1");

const portOf = ({ port, protocol }: URL): number => Number(port) || (protocol === "https:" ? 443 : 80);

async function checked(host: string, options: Parameters<typeof resolve>[1]): Promise<readonly string[]> {
  try {
    return isIP(host) > 0 ? await resolve(host, { ...options, dns: async () => [host] }) : await resolve(host, options);
  } catch (error) {
    const reply = error instanceof SmtpUnavailable ? error.reply : `host ${host} not found`;
    // A name server that hangs keeps whoever asks waiting as the host itself would
    throw new HttpUnavailable(reply, { silent: error instanceof LookupTimeout });
  }
}

async function exchange(
  request: HttpRequest,
  url: URL,
  host: string,
  addresses: readonly string[],
  { timeout = 10_000, most = 262_144, ca = [] }: HttpOptions,
): Promise<HttpAnswer> {
  const { method, headers = {}, body = "", enough } = request;
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const lookup: LookupFunction = (_host, _options, callback) => callback(null, found);
  const client = (url.protocol === "https:" ? secure : plain)({
    method,
    host,
    ...(url.port !== "" && { port: url.port }),
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" },
    agent: false,
    lookup,
    ...(ca.length > 0 && { ca: [...rootCertificates, ...ca] }),
  });
  const answer = answerOf(client, { enough, most, host });
  const timer = setTimeout(() => answer.cut("no answer in time", true), timeout);
  client.end(body);
  try {
    return await answer.promise;
  } finally {
    clearTimeout(timer);
    client.destroy();
  }
}

/** What a request comes to: whatever the other side does, and be it nothing, it ends once with `cut`. */
function answerOf(client: ClientRequest, limits: { enough: number | undefined; most: number; host: string }) {
  const { enough, most, host } = limits;
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const parts: Buffer[] = [];
  let size = 0;
  let status: number | undefined;
  let retry_after: string | undefined;
  const done = () => {
    const body = Buffer.concat(parts).subarray(0, enough).toString("utf8");
    resolve({ status: status ?? 0, body, ...(retry_after !== undefined && { retry_after }) });
  };
  const fail = (what: string, silent: boolean) => reject(new HttpUnavailable(`${what} (${host})`, { silent }));
  /** It goes no further. Whoever needs the beginning of a body alone has the answer with its headers. */
  const cut = (what: string, silent = false) =>
    status !== undefined && enough !== undefined ? done() : fail(what, silent);
  const broken = ({ code = "broken" }: NodeJS.ErrnoException) => cut(code);
  client.on("response", (response) => {
    status = response.statusCode ?? 0;
    retry_after = response.headers["retry-after"];
    response.on("error", broken);
    response.on("end", done);
    response.on("data", (part: Buffer) => {
      size += part.length;
      parts.push(part);
      if (size <= (enough ?? most)) return;
      if (enough === undefined) fail("the answer is too large", false);
      else done();
    });
  });
  // Nobody asked for another protocol; Node would let go of the connection without a word
  client.on("upgrade", () => fail("it switches protocols (101) instead of answering", false));
  client.on("error", broken);
  client.on("close", () => cut("the connection was closed without an answer"));
  return { promise, cut };
}
