import { flushSync } from 'svelte';
import { copyText } from '../ui/copy';
import { ReversedColumn } from './scroll';
import type { Timeline } from './timeline.svelte';

/** The row that pointer, finger or focus is on, and where it begins. */
export interface Active {
  seq: number;
  top: number;
}

const TOOLS_ABOVE_PX = 14;

/** What moves in the list of messages: the scroller, the row under the hand, the keys between rows. */
export class ListView {
  active = $state.raw<Active>();
  readonly #column: ReversedColumn;

  constructor(
    private readonly scroller: HTMLElement,
    private readonly timeline: Timeline,
  ) {
    this.#column = new ReversedColumn(scroller);
  }

  /** Shows the tools of the row an event happened in. */
  track({ target }: Event) {
    const row = rowOf(target);
    if (!row) return;
    const top = row.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    this.active = { seq: Number(row.dataset.seq), top: Math.max(4, top - TOOLS_ABOVE_PX) };
  }

  clear() {
    this.active = undefined;
  }

  scrolled() {
    this.clear();
    const { timeline } = this;
    if (!this.#column.atEnd) timeline.detach();
    else if (timeline.cut && !timeline.following) this.#keep(() => timeline.newer());
    else if (!timeline.following) timeline.follow();
    // Rows above move nothing, but the window over the messages may drop rows below.
    if (this.#column.nearStart) void timeline.older((change) => this.#keep(change));
  }

  /** Following began anew: the end comes into view. */
  toEnd() {
    this.#column.toEnd();
  }

  /** Starts reading at the line before what is new, if that is above the screen. */
  land() {
    const line = this.scroller.querySelector('.unread');
    if (line && this.#column.landOn(line)) this.timeline.landed();
  }

  /** Arrows move between the rows, Enter goes to a row's tools, C copies it. */
  key(event: KeyboardEvent, text: string | undefined) {
    const row = rowOf(event.target);
    const onRow = row !== null && event.target === row && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown')
      this.#step(row, event.key === 'ArrowUp' ? -1 : 1);
    else if (onRow && event.key === 'Enter') this.#tools()?.focus();
    else if (onRow && event.key === 'c' && text !== undefined) void copyText(text);
    else return;
    event.preventDefault();
  }

  focusActive() {
    this.#rows()
      .find((row) => Number(row.dataset.seq) === this.active?.seq)
      ?.focus();
  }

  #keep(change: () => unknown) {
    this.#column.keep(() => flushSync(() => void change()));
  }

  #step(row: HTMLElement | null, by: number) {
    const rows = this.#rows();
    const at = row ? rows.indexOf(row) + by : rows.length - 1;
    rows[at]?.focus();
  }

  #rows(): HTMLElement[] {
    return [...this.scroller.querySelectorAll<HTMLElement>('[data-seq]')];
  }

  #tools(): HTMLElement | null {
    return this.scroller.parentElement?.querySelector<HTMLElement>('[role=toolbar] button') ?? null;
  }
}

const rowOf = (target: EventTarget | null) =>
  target instanceof Element ? target.closest<HTMLElement>('[data-seq]') : null;
