import { HubError } from '../hub/client';
import { newClientId } from '../hub/id';
import { hub } from '../hub/stream.svelte';

/** An own message on its way: drawn at once, replaced by the real one. */
export interface Outgoing {
  clientId: string;
  room: string;
  text: string;
  at: number;
  /** Why the hub did not take it, in its words; undefined while it is on its way. */
  problem: string | undefined;
}

/** Own messages that have not come back through their room yet. They outlive a change of room. */
class OutgoingMessages {
  #list = $state.raw<readonly Outgoing[]>([]);

  of(room: string): Outgoing[] {
    return this.#list.filter((one) => one.room === room);
  }

  post(room: string, text: string) {
    const one: Outgoing = { clientId: newClientId(), room, text, at: Date.now(), problem: undefined };
    this.#list = [...this.#list, one];
    this.#send(one);
  }

  retry({ clientId }: Outgoing) {
    const one = this.#change(clientId, undefined);
    if (one) this.#send(one);
  }

  /** The message has arrived, or its author gave it up. */
  drop(clientId: string) {
    this.#list = this.#list.filter((one) => one.clientId !== clientId);
  }

  clear() {
    this.#list = [];
  }

  #send({ room, text, clientId }: Outgoing) {
    hub.post({ room, text, clientId }).catch((error: unknown) => {
      this.#change(clientId, error instanceof HubError ? error.message : String(error));
    });
  }

  #change(clientId: string, problem: string | undefined): Outgoing | undefined {
    this.#list = this.#list.map((one) => (one.clientId === clientId ? { ...one, problem } : one));
    return this.#list.find((one) => one.clientId === clientId);
  }
}

export const outgoing = new OutgoingMessages();
