import { call } from '../hub/client';
import type { People, Person } from '../hub/protocol.people';

const AGAIN_MS = 5_000;

/** Somebody who is connected, and from where. */
export interface Visitor {
  person: Person;
  /** The addresses of other computers; none for who sits at the hub's own. */
  from: string[];
}

/** Who is connected now, as the hub's list of people says it to its owner. */
export class Visitors {
  list = $state.raw<Visitor[]>([]);

  /** Looks again and again until the returned function is called: where somebody comes from is no topic. */
  start(): () => void {
    const look = () => this.#load().catch((error: unknown) => console.warn('visitors', error));
    void look();
    const timer = setInterval(() => void look(), AGAIN_MS);
    return () => clearInterval(timer);
  }

  async #load() {
    const { people } = await call<People>('GET', 'api/people');
    this.list = people.flatMap((person) =>
      person.from?.length ? [{ person, from: elsewhere(person.from) }] : [],
    );
  }
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const elsewhere = (addresses: string[]) => addresses.filter((address) => !LOOPBACK.test(address));
