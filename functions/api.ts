import { createApp } from "@posthouse/api/app";
import { lambda } from "@posthouse/api/lambda";
import { measured } from "@posthouse/aws/measured";
import { runtime } from "@posthouse/aws/runtime";

/** API Gateway → the HTTP API. */
export const handler = measured("api", lambda(createApp(runtime())));
