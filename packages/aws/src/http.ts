import { request as plain } from "node:http";
import { type RequestOptions, request as secure } from "node:https";
import { isIP, isIPv6, type LookupFunction } from "node:net";
import { rootCertificates } from "node:tls";
import { type Http, type HttpAnswer, type HttpRequest, HttpUnavailable } from "@posthouse/core/ports/http";
import { SmtpUnavailable } from "@posthouse/core/ports/mailer";
import type { AwsConfig } from "./config.ts";
import { type Resolver, resolve, systemResolver } from "./smtp/resolve.ts";

/** How requests are guarded. */
export interface HttpOptions {
  /** Whether private networks, and plain `http:`, may be used (G7). */
  readonly private_hosts: boolean;
  readonly dns?: Resolver;
  /** For one request as a whole, in ms. @default 10 s */
  readonly timeout?: number;
  /** Bytes of an answer at most. @default 256 KB */
  readonly most?: number;
  /** Certificate authorities (PEM) trusted beside the public ones. */
  readonly ca?: readonly string[];
}

/** The HTTP port; it may reach private networks where SMTP servers may be there. */
export const openHttp = ({ private_smtp_hosts }: AwsConfig): Http => createHttp({ private_hosts: private_smtp_hosts });

/**
 * The HTTP port on Node's own client, so that it connects to the very addresses that were checked (G7): the name is
 * not looked up again, and a redirect is an answer that nobody follows.
 */
export function createHttp(options: HttpOptions): Http {
  const { private_hosts, dns = systemResolver, timeout = 10_000 } = options;
  return {
    async request(request) {
      const url = parse(request.url, private_hosts);
      const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
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

const portOf = ({ port, protocol }: URL): number => Number(port) || (protocol === "https:" ? 443 : 80);

async function checked(host: string, options: Parameters<typeof resolve>[1]): Promise<readonly string[]> {
  try {
    return isIP(host) > 0 ? await resolve(host, { ...options, dns: async () => [host] }) : await resolve(host, options);
  } catch (error) {
    throw new HttpUnavailable(error instanceof SmtpUnavailable ? error.reply : `host ${host} not found`);
  }
}

function exchange(
  { method, headers = {}, body = "" }: HttpRequest,
  url: URL,
  host: string,
  addresses: readonly string[],
  { timeout = 10_000, most = 262_144, ca = [] }: HttpOptions,
): Promise<HttpAnswer> {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const lookup: LookupFunction = (_host, _options, callback) => callback(null, found);
  const options: RequestOptions = {
    method,
    host,
    ...(url.port !== "" && { port: url.port }),
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" },
    agent: false,
    lookup,
    ...(ca.length > 0 && { ca: [...rootCertificates, ...ca] }),
    signal: AbortSignal.timeout(timeout),
  };
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new HttpUnavailable(`${what} (${host})`));
    const broken = (error: NodeJS.ErrnoException) =>
      fail(
        error.name === "AbortError" || error.name === "TimeoutError" ? "no answer in time" : (error.code ?? "broken"),
      );
    const request = (url.protocol === "https:" ? secure : plain)(options, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on("error", broken);
      response.on("data", (part: Buffer) => {
        size += part.length;
        parts.push(part);
        if (size <= most) return;
        fail("the answer is too large");
        request.destroy();
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
      );
    });
    request.on("error", broken);
    request.end(body);
  });
}
