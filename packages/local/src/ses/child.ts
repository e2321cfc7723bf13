import { startSes } from "./server.ts";

/** A process of its own for the endpoint, to be killed: `node child.ts <dir> <sns endpoint>` prints its URL. */
const [dir = "", snsEndpoint = ""] = process.argv.slice(2);
const { url } = await startSes({ dir, snsEndpoint, region: "us-east-1", accountId: "000000000000" });
process.stdout.write(`${url}\n`);
