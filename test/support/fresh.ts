import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { makeDatabase, type TestDatabase } from "./database.ts";

/** What a test begins with. */
export interface Fresh {
  readonly env: TestPorts;
  readonly db: TestDatabase;
  /** The database's. */
  readonly name: string;
}

/**
 * Has all tests of a file share an embedded AWS of the file's own, and each begin with a new database.
 * @param prefix of the databases' names. @param take is given them before each test.
 */
export function beginFresh(
  prefix: string,
  take: (fresh: Fresh) => void,
  options: { provisioned?: boolean; daily_limit?: number } = {},
): void {
  let env: TestPorts;
  let made = 0;
  beforeAll(async () => {
    env = await startTestPorts();
  });
  beforeEach(async () => {
    const name = `${prefix}${made++}`;
    const { provisioned, ...given } = options;
    const db = await makeDatabase(
      env.ports,
      { name, ...given },
      provisioned === undefined ? undefined : { provisioned },
    );
    take({ env, db, name });
  });
  afterAll(() => env.close());
}
