import type { Component } from 'svelte';
import { rooms } from '../chat/rooms.svelte';
import { mentionIn } from '../chat/mention';
import { hub } from '../hub/stream.svelte';
import { i18n } from '../i18n/i18n.svelte';
import { inboxTitle } from '../notify/title';
import { people } from '../peer/people.svelte';
import { Activity, AtSign, Hash, Inbox, Plus, QrCode, Settings } from '../ui/icons';
import { shell } from './shell.svelte';

/** Somewhere the palette can take one. */
export interface Destination {
  key: string;
  name: string;
  kind: string;
  icon: Component<{ size?: number; strokeWidth?: number }>;
  go: () => void;
}

/** Rooms first, then pages, then people: choosing a person starts a mention in the open room. Reactive. */
export function destinations(): Destination[] {
  const { palette, rail, monitor } = i18n.t;
  const { rooms: seesRooms } = hub.sees;
  const page = (key: string, name: string, icon: Destination['icon'], go: () => void): Destination => ({
    key,
    name,
    kind: palette.page,
    icon,
    go,
  });
  return [
    ...rooms.list.map(({ id, title }) => ({
      key: `room/${id}`,
      name: title,
      kind: palette.room,
      icon: Hash,
      go: () => shell.goRoom(id),
    })),
    ...when(
      shell.has('inbox'),
      page('inbox', inboxTitle(), Inbox, () => shell.go({ page: 'inbox' })),
    ),
    ...when(
      shell.has('monitor'),
      page('monitor', monitor.title, Activity, () => shell.go({ page: 'monitor' })),
    ),
    ...when(
      seesRooms,
      page('room', rail.newRoom, Plus, () => (shell.sheet = 'room')),
    ),
    ...when(
      hub.me?.role === 'owner',
      page('share', i18n.t.share.title, QrCode, () => (shell.sheet = 'share')),
    ),
    page('settings', rail.settings, Settings, () => (shell.sheet = 'settings')),
    ...(seesRooms ? people.others : []).map(({ peer }) => ({
      key: `person/${peer.id}`,
      name: peer.name,
      kind: palette.mention,
      icon: AtSign,
      go: () => {
        shell.goRoom(shell.room);
        mentionIn(shell.room, peer.name);
      },
    })),
  ];
}

/** What is not there for this peer is no destination. */
const when = <T>(there: boolean, item: T): T[] => (there ? [item] : []);
