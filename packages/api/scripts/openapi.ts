import { readFile, writeFile } from "node:fs/promises";
import { document } from "./reference/document.ts";

const own = new URL("../package.json", import.meta.url);
const { version } = JSON.parse(await readFile(own, "utf8")) as { version: string };
const target = new URL("../openapi.json", import.meta.url);

await writeFile(target, `${JSON.stringify(document(version))}\n`);
process.stdout.write(`wrote ${target.pathname}\n`);
