import { screen } from '../ui/screen.svelte';
import { inbox } from './inbox.svelte';
import { isAlert, type Item } from './item';
import { allowSound, chime } from './sound';
import { wordsOf } from './words';

const SOUND = 'sound';
const SYSTEM = 'system-notifications';

/**
 * How somebody who does not look is told of a mention or an alert, beside the title and the icon of the tab: by a sound, and where the
 * browser has them, which takes https or the computer itself, by system notifications. Both are off until somebody turns them on here.
 */
class Signals {
  sound = $state(localStorage.getItem(SOUND) === 'on');
  /** Wanted; the browser must allow them too. */
  #wanted = $state(localStorage.getItem(SYSTEM) === 'on');
  #permission = $state<NotificationPermission>(available() ? Notification.permission : 'denied');

  /** This browser has system notifications for this page. */
  readonly available = available();
  readonly system = $derived(this.#wanted && this.#permission === 'granted');
  /** Somebody has forbidden them in the browser: only there they can be allowed again. */
  readonly blocked = $derived(this.available && this.#permission === 'denied');

  /** Signals what comes to the inbox until the returned function is called. */
  start(): () => void {
    const touched = () => this.sound && allowSound();
    addEventListener('pointerdown', touched);
    addEventListener('keydown', touched);
    inbox.heard = (item) => this.#signal(item);
    return () => {
      removeEventListener('pointerdown', touched);
      removeEventListener('keydown', touched);
      inbox.heard = () => undefined;
    };
  }

  setSound(on: boolean) {
    this.sound = on;
    localStorage.setItem(SOUND, on ? 'on' : 'off');
    if (!on) return;
    allowSound();
    chime(); // this is what it sounds like
  }

  async setSystem(on: boolean) {
    if (on && this.available) this.#permission = await Notification.requestPermission();
    this.#wanted = on && this.#permission === 'granted';
    localStorage.setItem(SYSTEM, this.#wanted ? 'on' : 'off');
  }

  /** Who looks at the page sees a mention come; an alert sounds anyway. */
  #signal(item: Item) {
    if (this.sound && (screen.hidden || isAlert(item))) chime();
    if (this.system && screen.hidden) notice(item);
  }
}

function notice(item: Item) {
  const { title, text } = wordsOf(item);
  const shown = new Notification(title, { body: text, tag: item.key, icon: './icon.svg' });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}

/** Plain http on a LAN address has none: the browser keeps them for secure contexts. */
function available(): boolean {
  return window.isSecureContext && 'Notification' in window;
}

export const signals = new Signals();
