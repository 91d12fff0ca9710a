import { call } from './client';
import { hub } from './stream.svelte';

/** In the desktop window, where there is no address bar and no tabs, some things are the system's to do. */
export const inWindow = () => hub.me?.window === true;

const SAFE = /^(https?:|mailto:)/i;

/** Only these may be links: everything else in a message stays text. */
export const linkable = (url: string) => SAFE.test(url);

/** For onclick of a link in a message: in the window the system's browser opens it; a browser does as it always does. */
export function openOutside(event: MouseEvent & { currentTarget: HTMLAnchorElement }) {
  if (!inWindow()) return;
  event.preventDefault();
  const { href } = event.currentTarget;
  call('POST', 'api/host/open-url', { url: href }).catch((error: unknown) =>
    console.warn('open link', error),
  );
}
