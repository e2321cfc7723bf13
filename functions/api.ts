import { createApp } from "@posthouse/api/app";
import { lambda } from "@posthouse/api/lambda";
import { runtime } from "@posthouse/aws/runtime";

/** API Gateway → the HTTP API. */
export const handler = lambda(createApp(runtime()));
