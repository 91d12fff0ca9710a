import { call, segment } from '../hub/client';
import { sentence } from '../peer/sentence';
import type { Message } from './model';
import { outgoing } from './outgoing.svelte';
import type { Pace } from './pace.svelte';
import type { Timeline } from './timeline.svelte';
import type { Typing } from './typing.svelte';

const draftOf = (room: string) => `draft:${room}`;

/** What is being written in one room: a new message, kept as a draft, or the new text of an old one. */
export class Compose {
  text = $state('');
  editing = $state.raw<Message>();
  /** Why the hub did not take an edit. */
  problem = $state('');
  readonly ready = $derived(this.text.trim() !== '');

  constructor(
    private readonly room: string,
    private readonly timeline: Timeline,
    private readonly typing: Typing,
    readonly pace: Pace,
  ) {
    this.text = localStorage.getItem(draftOf(room)) ?? '';
  }

  write(text: string) {
    this.text = text;
    if (this.editing) return;
    this.#keep();
    if (this.ready) this.typing.tell();
  }

  send() {
    const text = this.text.trim();
    if (!text) return;
    if (this.editing) void this.#save(this.editing, text);
    else if (!this.pace.left) {
      this.write('');
      this.typing.sent();
      this.pace.sent();
      outgoing.post(this.room, text);
      this.timeline.follow();
    }
  }

  edit(message: Message) {
    this.editing = message;
    this.text = message.text;
    this.problem = '';
  }

  editLast(): boolean {
    const message = this.text === '' && !this.editing ? this.timeline.lastOwn() : undefined;
    if (message) this.edit(message);
    return message !== undefined;
  }

  /** Back to the draft. */
  cancel() {
    this.editing = undefined;
    this.problem = '';
    this.text = localStorage.getItem(draftOf(this.room)) ?? '';
  }

  async #save({ seq, text: old }: Message, text: string) {
    if (text === old) {
      this.cancel();
      return;
    }
    try {
      await call('PATCH', `api/rooms/${segment(this.room)}/messages/${seq}`, { text });
      this.cancel();
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  #keep() {
    if (this.text) localStorage.setItem(draftOf(this.room), this.text);
    else localStorage.removeItem(draftOf(this.room));
  }
}
