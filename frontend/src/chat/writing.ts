import { hub } from '../hub/stream.svelte';
import { moderates } from '../peer/rights';
import type { RoomView } from './rooms.svelte';

/** Why this peer cannot write in a room. */
export type Closed = 'archived' | 'muted' | 'readOnly';

/** Undefined where one can write. A room that does not exist yet can be made. Reactive. */
export function closedFor(room: RoomView | undefined): Closed | undefined {
  if (room?.archived) return 'archived';
  if (hub.me?.muted) return 'muted';
  return room?.readOnly && !moderates() ? 'readOnly' : undefined;
}
