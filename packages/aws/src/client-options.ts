import type { AwsConfig, Service } from "./config.ts";

/** A call that hangs must not hold a function until its own end: ms until connected, until answered. */
const requestHandler = { connectionTimeout: 8_000, requestTimeout: 15_000, throwOnRequestTimeout: true };

/** What every SDK client is made with. Region, credentials and endpoint where given, else the SDK's environment. */
export function clientOptions({ region, credentials, endpoints }: AwsConfig, service: Service) {
  return {
    requestHandler,
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && { credentials }),
    ...(endpoints !== undefined && { endpoint: endpoints[service] }),
  };
}
