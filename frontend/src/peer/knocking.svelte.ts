import { call, HubError } from '../hub/client';
import type { Joined, Knocking as KnockingBody, Me } from '../hub/protocol.people';

const AGAIN_MS = 2_000;

/** Waiting before the door until the owner answers. */
export class Knocking {
  waiting = $state(false);
  /** Each knock and each end of one has its number: an answer to an earlier one is nobody's. */
  #round = 0;

  /** Resolves to who one is once one was let in, or to undefined after stop(). Throws HubError: refused, gone, not taken. */
  async knock(name: string): Promise<Me | undefined> {
    const round = ++this.#round;
    const { knock } = await call<KnockingBody>('POST', 'api/knock', { name });
    this.waiting = round === this.#round;
    try {
      while (round === this.#round) {
        const me = await answerTo(knock);
        if (me && round === this.#round) return me;
      }
      return undefined;
    } finally {
      if (round === this.#round) this.waiting = false;
    }
  }

  stop() {
    this.#round++;
    this.waiting = false;
  }
}

/** One question; the hub holds it open for a while. A phone that slept or a hub that was away does not end the waiting. */
async function answerTo(knock: string): Promise<Me | undefined> {
  try {
    const answer = await call<Joined | { state: 'waiting' }>('POST', 'api/knock/wait', { knock });
    return 'me' in answer ? answer.me : undefined;
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'unreachable') throw error;
    await new Promise((done) => setTimeout(done, AGAIN_MS));
    return undefined;
  }
}
