import { copyText } from './copy';

const SHOWN_MS = 2_000;

/** What a button that copies shows: `done` for a moment after it has. */
export class Copying {
  done = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  async copy(text: string) {
    this.done = await copyText(text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.done = false), SHOWN_MS);
  }
}
