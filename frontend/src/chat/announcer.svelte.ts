import { i18n } from '../i18n/i18n.svelte';
import { people } from '../peer/people.svelte';
import type { Message } from './model';

const PACE_MS = 3_000;
const MOST = 160;

/** One sentence for a screen reader at a time: what came in the open room, at most every three seconds. Never what was there before. */
export class Announcer {
  sentence = $state('');
  #waiting: Message[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  hear = (messages: readonly Message[]) => {
    this.#waiting.push(...messages);
    if (this.#timer === undefined) this.#say();
  };

  stop() {
    clearTimeout(this.#timer);
  }

  #say = () => {
    this.#timer = undefined;
    const last = this.#waiting.at(-1);
    if (!last) return;
    const name = people.name(last.from);
    const { chat } = i18n.t;
    const count = this.#waiting.length;
    this.sentence = count === 1 ? chat.said(name, last.text.slice(0, MOST)) : chat.news(count, name);
    this.#waiting = [];
    this.#timer = setTimeout(this.#say, PACE_MS);
  };
}
