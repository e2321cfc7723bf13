import { createApp } from "@posthouse/api/app";
import { runtime } from "@posthouse/aws/runtime";
import { handle } from "hono/aws-lambda";

/** API Gateway → the HTTP API. */
export const handler = handle(createApp(runtime()));
