import { newClientId } from '../hub/id';
import { hub } from '../hub/stream.svelte';
import { sentence } from '../peer/sentence';

/** An own message on its way: drawn at once, replaced by the real one. */
export interface Outgoing {
  clientId: string;
  room: string;
  text: string;
  at: number;
  /** Why the hub did not take it; undefined while it is on its way. */
  problem?: string | undefined;
  /** The hub has it; what is missing is its entry. */
  taken?: boolean;
}

/**
 * Own messages that have not come back through their room yet. They outlive a change of room, and until the hub has taken them also
 * that of the page: this tab keeps them and posts them again under the same client ids, so none is there twice.
 */
class OutgoingMessages {
  #list = $state.raw<readonly Outgoing[]>([]);
  /** Under what they are kept; each peer has its own. */
  #key = '';

  /** Goes on with what that peer had on its way in this tab. */
  start(peer: string) {
    this.#key = `outgoing:${peer}`;
    this.#list = JSON.parse(sessionStorage.getItem(this.#key) ?? '[]') as Outgoing[];
    for (const one of this.#list) if (one.problem === undefined) this.#send(one);
  }

  of(room: string): Outgoing[] {
    return this.#list.filter((one) => one.room === room);
  }

  post(room: string, text: string) {
    const one: Outgoing = { clientId: newClientId(), room, text, at: Date.now() };
    this.#be([...this.#list, one]);
    this.#send(one);
  }

  retry({ clientId }: Outgoing) {
    const one = this.#change(clientId, { problem: undefined });
    if (one) this.#send(one);
  }

  /** The message has arrived, or its author gave it up. */
  drop(clientId: string) {
    this.#be(this.#list.filter((one) => one.clientId !== clientId));
  }

  clear() {
    this.#be([]);
  }

  #send({ room, text, clientId }: Outgoing) {
    hub.post({ room, text, clientId }).then(
      () => this.#change(clientId, { taken: true }),
      (error: unknown) => this.#change(clientId, { problem: sentence(error) }),
    );
  }

  #change(clientId: string, change: Partial<Outgoing>): Outgoing | undefined {
    this.#be(this.#list.map((one) => (one.clientId === clientId ? { ...one, ...change } : one)));
    return this.#list.find((one) => one.clientId === clientId);
  }

  #be(list: readonly Outgoing[]) {
    this.#list = list;
    const wait = list.filter(({ taken }) => !taken);
    try {
      if (wait.length) sessionStorage.setItem(this.#key, JSON.stringify(wait));
      else sessionStorage.removeItem(this.#key);
    } catch (error) {
      console.warn('messages on their way are not kept', error); // the tab's storage is full
    }
  }
}

export const outgoing = new OutgoingMessages();
