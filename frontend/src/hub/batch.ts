/** At most this many items wait; the next one is handed over with them at once. */
const MOST = 2000;
/** The shortest time between two hand-overs: 20 a second. */
const PACE_MS = 50;
/** The next hand-over waits this many times what the last one cost, so that drawing leaves most of the thread free. */
const REST = 4;
/** A hidden page draws no frames; it is brought up to date at this pace. */
const HIDDEN_MS = 250;

/**
 * Collects items and hands them over together: the first at once, a stream at most 20 times a second, and less often when a hand-over
 * turned out to be dear. Nothing is dropped: a full queue is handed over early.
 */
export class Batcher<T> {
  #queue: T[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;
  #cost = 0;
  #last = -Infinity;

  /** `draw` makes the page draw what was taken, so that its cost sets the pace. */
  constructor(
    private readonly take: (items: T[]) => void,
    private readonly draw: () => void = () => undefined,
  ) {
    document.addEventListener('visibilitychange', this.#turn);
  }

  push(item: T) {
    this.#queue.push(item);
    if (this.#queue.length >= MOST) this.flush();
    else if (this.#timer === undefined && this.#frame === undefined) this.#schedule();
  }

  /** Hands over what waits now, and leaves the drawing to the framework. */
  flush() {
    this.#cancel();
    if (!this.#queue.length) return;
    const items = this.#queue;
    this.#queue = [];
    this.take(items);
  }

  /** Forgets what waits, and the pace. */
  clear() {
    this.#cancel();
    this.#queue = [];
    this.#cost = 0;
    this.#last = -Infinity;
  }

  #cancel() {
    clearTimeout(this.#timer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#timer = this.#frame = undefined;
  }

  #run = () => {
    const start = performance.now();
    this.flush();
    this.draw();
    this.#last = performance.now();
    this.#cost = this.#last - start;
  };

  // A page that was just hidden never gets the frame it asked for.
  #turn = () => {
    if (this.#frame === undefined) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#schedule();
  };

  #schedule() {
    if (document.hidden) {
      this.#timer = setTimeout(this.#run, HIDDEN_MS);
      return;
    }
    const wait = Math.max(PACE_MS, this.#cost * REST) - (performance.now() - this.#last);
    if (wait > 0) this.#timer = setTimeout(this.#ask, wait);
    else this.#ask();
  }

  #ask = () => {
    this.#timer = undefined;
    if (document.hidden) this.#run();
    else this.#frame = requestAnimationFrame(this.#run);
  };
}
