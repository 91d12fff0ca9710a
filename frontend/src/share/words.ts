import type { Finding, Lamp, ShareAddress } from '../hub/protocol.sharing';
import { i18n, type Locale } from '../i18n/i18n.svelte';
import { sharing as en, type SharingCatalogue } from '../i18n/sharing.en';
import { sharing as zhCN } from '../i18n/sharing.zh-CN';

const catalogues: Record<Locale, SharingCatalogue> = { en, 'zh-CN': zhCN };

/** What the sharing panel says, in the page's language. It comes with the panel, not with the page. Reactive. */
export const words = () => catalogues[i18n.locale];

/** Why an address will hardly do; "" when it may. A code this page does not know stays as it is. */
export function whyNot({ why }: ShareAddress): string {
  const known: Record<string, string | undefined> = words().why;
  return known[why] ?? why;
}

/** What keeps others out. A finding this page does not know speaks in the hub's own sentence. */
export function causeOf({ code, text, args = {} }: Finding): string {
  const known: Record<string, ((args: Record<string, string>) => string) | undefined> = words().causes;
  const said = Object.fromEntries(Object.entries(args).map(([key, value]) => [key, String(value)]));
  return known[code]?.(said) ?? text;
}

/** What the lamp means. */
export function lampOf({ state, address, name }: Lamp): string {
  const { lamp } = words();
  if (state === 'seen') return lamp.seen(address);
  return state === 'joined' ? lamp.joined(name, address) : lamp.waiting;
}
