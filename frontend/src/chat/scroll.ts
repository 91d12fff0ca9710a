/** This near to the end counts as the end. */
const NEAR_PX = 24;
/** Older rows are drawn before the top comes into view. */
const AHEAD_PX = 600;
const SETTLE_FRAMES = 4;

/**
 * Reads and moves a reversed column: a scroller with `flex-direction: column-reverse` and one list in natural order. Its origin is the
 * bottom, so it stays at the end by itself and rows added above move nothing. Only rows added or removed below move what is on screen;
 * `keep` puts that right.
 */
export class ReversedColumn {
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
    if (this.#below(element) >= 0) return false;
    this.#settle(element, SETTLE_FRAMES);
    return true;
  }

  /** Rows that were never drawn have guessed heights: as they come into view they get their own, and the place is sought again. */
  #settle(element: Element, frames: number) {
    const below = this.#below(element);
    this.scroller.scrollTop += below;
    if (frames > 0 && element.isConnected) requestAnimationFrame(() => this.#settle(element, frames - 1));
  }

  #below(element: Element): number {
    return element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
  }

  /** Runs a change of the rows and keeps the first visible row where it is. */
  keep(change: () => void) {
    const anchor = this.#firstVisible();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (anchor?.isConnected) this.scroller.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  #firstVisible(): Element | undefined {
    const { top } = this.scroller.getBoundingClientRect();
    return [...this.scroller.querySelectorAll('[data-seq]')].find(
      (row) => row.getBoundingClientRect().bottom > top,
    );
  }
}
