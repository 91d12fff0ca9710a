import { call } from '../hub/client';
import type { People, Person } from '../hub/protocol.people';
import { isOwner } from './rights';
import { sentence } from './sentence';

/** The people of the hub with what only the owner and those who moderate learn: how somebody came, from where, what they may. */
class Members {
  #all = $state.raw<readonly Person[]>([]);
  /** Why they could not be loaded. */
  problem = $state('');

  readonly list = $derived(this.#all.filter(({ banned }) => !banned));
  /** Who is not let in again: only the owner learns it. */
  readonly banned = $derived(this.#all.filter(({ banned }) => banned));

  async load() {
    try {
      const { people } = await call<People>('GET', isOwner() ? 'api/people?removed=1' : 'api/people');
      this.#all = people;
      this.problem = '';
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  get(id: string): Person | undefined {
    return this.#all.find(({ peer }) => peer.id === id);
  }

  /** Who came by the same link after that person. */
  after({ peer, invite, joined = '' }: Person): Person[] {
    if (!invite) return [];
    return this.list.filter(
      (other) => other.invite === invite && other.peer.id !== peer.id && (other.joined ?? '') >= joined,
    );
  }
}

export const members = new Members();
