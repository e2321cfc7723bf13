/**
 * Makes a table that was restored to an earlier moment safe to go on with; docs/restore.md says when.
 * Ends with 0 when it is done, 2 when the call was wrong or it could not be done.
 */
import { call, type Given } from "./call.ts";

const usage = `npx sst shell --stage production -- npm run restore -- \\
  --point 2026-11-23T10:00:00Z --stopped 2026-11-23T10:40:00Z --limits close

  --point    the moment the table was restored to
  --stopped  the last moment at which the installation worked on the former table, or one after it
  --limits   close: nothing is left of the daily limits that were in use; keep: they stay as they were at the point

Nothing else may work on the table meanwhile.
`;

const options = {
  point: { type: "string" },
  stopped: { type: "string" },
  limits: { type: "string" },
} as const;

await call(usage, options, run);

async function run({ text }: Given): Promise<void> {
  const [point, stopped] = [moment("point", text("point")), moment("stopped", text("stopped"))];
  const limits = text("limits");
  if (limits !== "close" && limits !== "keep") throw new Error("Say --limits close or --limits keep.");
  if (stopped < point) throw new Error("--stopped is before --point: the table went back in time, not forward.");
  // Only a call that says all it has to needs what speaks to AWS
  const [{ runtime }, { reconcile }] = await Promise.all([
    import("@posthouse/aws/runtime"),
    import("@posthouse/core/restore/reconcile"),
  ]);
  process.stdout.write(`${JSON.stringify(await reconcile(runtime(), { point, stopped, limits }))}\n`);
}

/** @returns ms */
function moment(name: string, text: string): number {
  const at = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (at <= Date.now()) return at;
  throw new Error(`--${name} is "${text}": give a moment that has passed, as 2026-11-23T10:00:00Z.`);
}
