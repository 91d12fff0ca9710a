import { moderates } from '../peer/rights';

const SECOND_MS = 1_000;

/** How long somebody has to wait in a room with slow mode. The hub holds it; the page shows it and does not try in vain. */
export class Pace {
  /** Seconds until the next message; 0 = now. */
  left = $state(0);
  #until = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `slow` is the room's pause in seconds, reactive; 0 = none. */
  constructor(private readonly slow: () => number) {}

  /** Those who moderate are not held up. */
  get seconds(): number {
    return moderates() ? 0 : this.slow();
  }

  /** A message of ours went out at that time. */
  sent(at = Date.now()) {
    this.wait(this.seconds - (Date.now() - at) / SECOND_MS);
  }

  /** The hub, or the clock, says how many seconds are left. */
  wait(seconds: number) {
    this.#until = Math.max(this.#until, Date.now() + seconds * SECOND_MS);
    this.#tick();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#until = this.left = 0;
  }

  #tick = () => {
    clearTimeout(this.#timer);
    const rest = this.#until - Date.now();
    this.left = this.seconds && rest > 0 ? Math.ceil(rest / SECOND_MS) : 0;
    if (this.left) this.#timer = setTimeout(this.#tick, rest - (this.left - 1) * SECOND_MS);
  };
}
