const FIRST_MS = 500;
const MOST_MS = 10_000;

/** How long to wait before the next attempt: doubling, give or take a quarter, so that a restarted hub is not met by everybody at once. */
export function backoff(attempt: number, random = Math.random): number {
  const jitter = 0.75 + random() / 2;
  return Math.min(MOST_MS, FIRST_MS * 2 ** attempt * jitter);
}
