import { HubError } from '../hub/client';
import { i18n } from '../i18n/i18n.svelte';

/** Why the hub did not do something, in the reader's words; what has no code of its own stays as it came. */
export function sentence(error: unknown): string {
  if (!(error instanceof HubError)) return String(error);
  if (error.code === 'rate_limited') return i18n.t.tooFast(Math.ceil(error.retryAfter ?? 1));
  const known: Partial<Record<HubError['code'], string>> = i18n.t.refusals;
  return known[error.code] ?? error.message;
}
