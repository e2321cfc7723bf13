/**
 * `npm run chaos`: the product as eight processes, killed at random under load and faults; then G1 to G4 are checked
 * by count. A failing run prints the command that repeats it.
 *
 *   npm run chaos                                     10,000 mails, 50 kills, 5 % faults, any seed
 *   npm run chaos -- --seed 7 --mails 400 --kills 8 --faults 0.05
 */
import { command, parse } from "./options.ts";
import { run } from "./run.ts";

const options = parse(process.argv.slice(2));
const print = (text: string): void => void process.stdout.write(`${text}\n`);
print(command(options));
try {
  const { violations, toll, figures, output } = await run(options, print);
  print(JSON.stringify({ kills: toll, ...figures }, null, 2));
  for (const [guarantee, broken] of Object.entries(violations)) {
    print(`${guarantee}: ${broken.length === 0 ? "held" : `${broken.length} broken`}`);
    for (const one of broken.slice(0, 50)) print(`  ${one}`);
  }
  if (Object.values(violations).some((broken) => broken.length > 0)) {
    print(`${output}\nAgain: ${command(options)}`);
    process.exitCode = 1;
  }
} catch (error) {
  print(
    `${error instanceof Error ? `${error.message}\n${String(error.cause)}` : String(error)}\nAgain: ${command(options)}`,
  );
  process.exitCode = 1;
}
