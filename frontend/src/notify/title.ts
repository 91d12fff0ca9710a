import { hub } from '../hub/stream.svelte';
import { i18n } from '../i18n/i18n.svelte';

/** What the inbox is called. Who is not told of notifications finds mentions there and nothing else. Reactive. */
export const inboxTitle = () => (hub.sees.notifications ? i18n.t.inbox.title : i18n.t.inbox.mentions);
