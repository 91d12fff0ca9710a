import { hub } from '../hub/stream.svelte';

/** The record of moderation, which the owner and those who moderate may read. */
export const ACTS = 'acts/hub';

/** Follows the record, which others may tap, until the returned function is called. */
export function followRecord(): () => void {
  const leave = hub.follow(ACTS, {}, { entries: () => undefined });
  return () => void leave();
}
