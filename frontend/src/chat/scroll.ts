/** This near to the end counts as the end. */
const NEAR_PX = 24;
/** Older rows are drawn before the top comes into view. */
const AHEAD_PX = 600;

/**
 * Reads and moves a reversed column: a scroller with `flex-direction: column-reverse` and one list in natural order. Its origin is the
 * bottom, so it stays at the end by itself and rows added above move nothing. Only rows added or removed below move what is on screen;
 * `keep` puts that right.
 */
export class ReversedColumn {
  #frame = 0;

  constructor(private readonly scroller: HTMLElement) {}

  /** scrollTop is 0 at the end and negative above it. */
  get atEnd(): boolean {
    return -this.scroller.scrollTop < NEAR_PX;
  }

  get nearStart(): boolean {
    const { scrollHeight, clientHeight, scrollTop } = this.scroller;
    return scrollHeight - clientHeight + scrollTop < AHEAD_PX;
  }

  toEnd() {
    this.scroller.scrollTo({ top: 0 });
  }

  /** Puts an element at the upper edge, if it is above it. Returns whether it was. */
  landOn(element: Element): boolean {
    this.#measure();
    const below = element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    if (below >= 0) return false;
    this.scroller.scrollTop += below;
    return true;
  }

  /** Runs a change of the rows and keeps the first visible row where it is. */
  keep(change: () => void) {
    const anchor = this.#firstVisible();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    this.#measure();
    change();
    if (anchor?.isConnected) this.scroller.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  /**
   * Rows that were never drawn have guessed heights (content-visibility), and would move what is above them when they get their own.
   * For two frames all are laid out; after that the browser remembers.
   */
  #measure() {
    this.scroller.classList.add('measured');
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#frame = requestAnimationFrame(() => this.scroller.classList.remove('measured'));
    });
  }

  #firstVisible(): Element | undefined {
    const { top } = this.scroller.getBoundingClientRect();
    return [...this.scroller.querySelectorAll('[data-seq]')].find(
      (row) => row.getBoundingClientRect().bottom > top,
    );
  }
}
