import type { Person } from '../hub/protocol.people';
import { hub } from '../hub/stream.svelte';

export const isOwner = (): boolean => hub.me?.role === 'owner';

/** Whether this peer moderates: the owner, and members he lets. The hub decides; this is for what the page offers. Reactive. */
export const moderates = (): boolean => isOwner() || hub.me?.moderator === true;

/** Whether this peer may do something about that person. Nobody acts on the owner or himself, and only the owner on moderators. */
export function mayActOn({ peer, role, moderator }: Person): boolean {
  if (peer.id === hub.me?.id || role === 'owner') return false;
  return isOwner() || (moderates() && !moderator);
}
