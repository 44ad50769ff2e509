// Looks again and again, less often while nothing goes well, and not at all while nobody looks.

const LONGEST_MS = 60_000;

/**
 * Run `work` until `signal` says stop.
 *
 * It gives the milliseconds until the next time. When it throws, `failed` hears why, and the pause
 * doubles, or is what the API asked for.
 */
export async function poll(work, failed, signal) {
  let failures = 0;
  while (!signal.aborted) {
    let waitMs;
    try {
      waitMs = await work();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      failed(error);
      waitMs = Math.max(2000 * 2 ** failures, (error.retryAfterS ?? 0) * 1000);
    }
    await pause(Math.min(waitMs, LONGEST_MS), signal);
    await visible(signal);
  }
}

/** Wait, or less where `signal` says stop or somebody calls `hurry`. */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      hurried.delete(done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    hurried.add(done);
    signal.addEventListener("abort", done, { once: true });
  });
}

const hurried = new Set();

/** Let everything that waits look again now. */
export function hurry() {
  for (const done of [...hurried]) done();
}

function visible(signal) {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look, { once: true });
  });
}
