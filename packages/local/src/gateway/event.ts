import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { account } from "../fauxqs.ts";

/** Content types whose body API Gateway hands over as text; every other comes in base64, forms too. */
const textual = /^(text\/|application\/(json|javascript|xml)\b|application\/[^;]*\+(json|xml)\b)/i;

/**
 * The event (payload format 2.0) an HTTP API of API Gateway makes of a request: header names in lower case, values
 * of one name joined by a comma, cookies apart, the body as text or base64.
 * @param now ms since 1970
 */
export function event(request: IncomingMessage, body: Buffer, now: number): APIGatewayProxyEventV2 {
  const [rawPath, rawQueryString] = split(request.url ?? "/");
  const isBase64Encoded = body.length > 0 && !textual.test(request.headers["content-type"] ?? "");
  const cookies = request.headers.cookie?.split(/; */);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    ...(cookies && { cookies }),
    headers: headers(request),
    requestContext: context(request, rawPath, now),
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
  };
}

function context(request: IncomingMessage, path: string, now: number): APIGatewayProxyEventV2["requestContext"] {
  return {
    accountId: account,
    apiId: "embedded",
    // In the cloud it is the API's own name; here it is the caller's word, which may be anything.
    domainName: /^[\w.-]+(:\d+)?$/.exec(request.headers.host ?? "")?.[0] ?? "localhost",
    domainPrefix: "embedded",
    http: {
      method: request.method ?? "GET",
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
      userAgent: request.headers["user-agent"] ?? "",
    },
    requestId: randomUUID(),
    routeKey: "$default",
    stage: "$default",
    time: new Date(now).toISOString(),
    timeEpoch: now,
  };
}

function headers(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headersDistinct).filter(([name]) => name !== "cookie");
  return Object.fromEntries(entries.map(([name, values = []]) => [name, values.join(",")]));
}

// Not `new URL`: a path like //x/y, or an absolute-form target, is the caller's and must come through as it is.
function split(target: string): [string, string] {
  const path = target.replace(/^[a-z]+:\/\/[^/?]*/i, "") || "/";
  const mark = path.indexOf("?");
  return mark < 0 ? [path, ""] : [path.slice(0, mark), path.slice(mark + 1)];
}
