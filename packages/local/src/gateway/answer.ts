import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** Writes a function's result as API Gateway does: a cookie each, the body out of base64. */
export function write(response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  const { statusCode = 200, headers = {}, cookies = [], body = "", isBase64Encoded } = result;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (statusCode !== 204 && statusCode !== 304) response.setHeader("content-length", bytes.length);
  response.writeHead(statusCode).end(bytes);
}

/** Writes a JSON answer of the machine's own. */
export function json(response: ServerResponse, statusCode: number, value: object): void {
  write(response, { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
}

/** Writes an error in the API's shape. */
export function refuse(response: ServerResponse, statusCode: number, name: string, message: string): void {
  json(response, statusCode, { statusCode, name, message, request_id: randomUUID() });
}
