import { i18n } from '../i18n/i18n.svelte';
import type { Problem } from './joining.svelte';

/** Why joining did not work, in the reader's words. What the hub says about a name has no code of its own: it stays as it came. */
export function sentence({ about, code, message, wait }: Problem): string {
  const t = i18n.t.join;
  if (code === 'unreachable') return t.unreachable;
  if (code === 'rate_limited') return about === 'pin' ? t.resting : t.slow(wait);
  const known: Partial<Record<Problem['code'], string>> = t.refusals;
  return known[code] ?? message;
}

/** `0:29` */
export const countdown = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
