import { HubError } from '../hub/client';
import { hub } from '../hub/stream.svelte';
import { Knocking } from './knocking.svelte';
import { session } from './session.svelte';

/** What stands between this browser and the hub; `removed` and `closed` leave nothing to do but wait. */
export type Way = 'name' | 'link' | 'pin' | 'knock' | 'closed' | 'removed';

/** Why it did not work: a code of the hub's for the page to put into words, or the hub's own sentence about the name. */
export interface Problem {
  about: 'name' | 'pin' | 'link';
  code: HubError['code'];
  message: string;
  /** Seconds until it may be tried again. */
  wait: number;
}

const DOOR = new Set(['door_locked', 'removed', 'pin_needed']);
const SECOND_MS = 1_000;

/** What somebody does on the join page. */
export class Joining {
  name = $state(session.remembered);
  pin = $state('');
  busy = $state(false);
  problem = $state.raw<Problem>();
  /** Seconds for which the hub takes no further PIN from here. */
  rest = $state(0);
  readonly knocking = new Knocking();

  readonly way = $derived.by<Way>(() => {
    const door = hub.door;
    if (door.removed) return 'removed';
    if (door.local && !door.locked) return 'name';
    if (!door.locked && session.invite?.secret) return 'link';
    if (!door.locked && door.pin) return 'pin';
    return door.knock ? 'knock' : 'closed';
  });
  /** The link's trouble is known before anybody asks the hub: part of it is missing. */
  readonly garbled = $derived(session.invite?.secret === '');
  readonly ready = $derived(
    !this.busy && this.name.trim() !== '' && (this.way !== 'pin' || (digits(this.pin) !== '' && !this.rest)),
  );

  #ticking: ReturnType<typeof setInterval> | undefined;

  async join() {
    if (!this.ready) return;
    if (this.way === 'knock') return this.knock();
    const secret = session.invite?.secret ?? '';
    const by = this.way === 'link' ? { secret } : this.way === 'pin' ? { pin: digits(this.pin) } : {};
    await this.#try(() => session.join(this.name.trim(), by));
  }

  /** Asks the owner instead of giving a PIN. */
  async knock() {
    if (this.busy || !this.name.trim()) return;
    await this.#try(async () => {
      const me = await this.knocking.knock(this.name.trim());
      if (me) await session.enter(me);
    });
  }

  stop() {
    this.knocking.stop();
    clearInterval(this.#ticking);
  }

  async #try(work: () => Promise<void>) {
    this.busy = true;
    this.problem = undefined;
    try {
      await work();
    } catch (error) {
      if (error instanceof HubError) await this.#refused(error);
      else throw error;
    } finally {
      this.busy = false;
    }
  }

  async #refused({ code, message, field, retryAfter: wait = 0 }: HubError) {
    if (code.startsWith('invite_')) session.forgetInvite();
    if (DOOR.has(code)) await hub.open().catch(() => undefined); // the door is not as it was when the page came
    if (field === 'pin' && wait) this.#resting(wait);
    if (code === 'pin_wrong') this.pin = '';
    this.problem = { about: aboutOf(code, field), code, message, wait };
  }

  #resting(seconds: number) {
    clearInterval(this.#ticking);
    const until = Date.now() + seconds * SECOND_MS;
    const tick = () => {
      this.rest = Math.max(0, Math.ceil((until - Date.now()) / SECOND_MS));
      if (this.rest) return;
      clearInterval(this.#ticking);
      if (this.problem?.about === 'pin') this.problem = undefined;
    };
    this.#ticking = setInterval(tick, SECOND_MS);
    tick();
  }
}

/** People write a PIN as it is shown to them: in groups. */
const digits = (pin: string) => pin.replace(/\s/g, '');

function aboutOf(code: Problem['code'], field: string | undefined): Problem['about'] {
  if (code === 'pin_wrong' || field === 'pin') return 'pin';
  const link =
    code.startsWith('invite_') || code.startsWith('knock_') || code === 'not_found' || DOOR.has(code);
  return link ? 'link' : 'name';
}
