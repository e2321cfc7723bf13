import { describe, expect, it, vi } from "vitest";
import { startTicker } from "./ticker.ts";

const ignore = (): void => undefined;

describe("the schedule", () => {
  it("runs again and again, and never two at once", async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const task = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      runs++;
    };
    const ticker = startTicker(1, task, ignore);
    await Promise.all([ticker.tick(), ticker.tick(), ticker.tick()]);
    await vi.waitFor(() => expect(runs).toBeGreaterThan(6), 5_000);
    await ticker.stop();
    expect(most).toBe(1);
    const after = runs;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(runs).toBe(after);
  });

  it("goes on after a failure: a scheduled run's is told, an asked-for run's is thrown", async () => {
    const failures: unknown[] = [];
    let runs = 0;
    const ticker = startTicker(
      1,
      () => Promise.reject(new Error(`run ${++runs}`)),
      (error) => failures.push(error),
    );
    await expect(ticker.tick()).rejects.toThrow("run");
    await vi.waitFor(() => expect(failures.length).toBeGreaterThan(1), 5_000);
    await ticker.stop();
  });

  it("waits for the run under way when it is stopped", async () => {
    let finished = false;
    const ticker = startTicker(
      60_000,
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        finished = true;
      },
      ignore,
    );
    void ticker.tick();
    await ticker.stop();
    expect(finished).toBe(true);
  });
});
