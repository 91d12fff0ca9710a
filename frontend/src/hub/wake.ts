/** Hidden for at least this long, a socket that still says OPEN is not believed. */
const HIDDEN_MS = 30_000;
/** Timers that come this much late mean that the machine slept or the tab was frozen. */
const SLEPT_MS = 30_000;
const TICK_MS = 10_000;

/**
 * Calls `woke` whenever the connection may have died unnoticed: the network came back, the page came out of the back-forward cache,
 * was hidden for half a minute, or lost time. Returns the function that stops watching.
 */
export function onWake(woke: () => void): () => void {
  let hiddenAt = document.hidden ? Date.now() : 0;
  let ticked = Date.now();

  const visibility = () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (hiddenAt && Date.now() - hiddenAt >= HIDDEN_MS) woke();
  };
  const tick = setInterval(() => {
    const slept = Date.now() - ticked > TICK_MS + SLEPT_MS;
    ticked = Date.now();
    if (slept) woke();
  }, TICK_MS);

  addEventListener('online', woke);
  addEventListener('pageshow', woke);
  document.addEventListener('visibilitychange', visibility);
  return () => {
    clearInterval(tick);
    removeEventListener('online', woke);
    removeEventListener('pageshow', woke);
    document.removeEventListener('visibilitychange', visibility);
  };
}
