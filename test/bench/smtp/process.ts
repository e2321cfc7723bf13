/** The SMTP server in a process of its own: `fork` it with the ms it takes for each reply. It tells its port. */
import { startSmtp } from "./server.ts";

const { port } = await startSmtp(Number(process.argv[2] ?? 0));
process.send?.(port);
process.once("disconnect", () => process.exit(0));
