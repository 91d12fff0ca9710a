import { afterEach, expect, it } from 'vitest';
import { ada } from '../hub/hubtest';
import { hub } from '../hub/stream.svelte';
import type { RoomView } from './rooms.svelte';
import { closedFor } from './writing';

const room = (more: Partial<RoomView> = {}): RoomView => ({
  id: 'lobby',
  title: 'Lobby',
  unread: 0,
  mentions: 0,
  last: null,
  readOnly: false,
  slow: 0,
  archived: false,
  ...more,
});

afterEach(() => (hub.me = null));

it('is open to a member, also where a first message makes the room', () => {
  hub.me = ada;
  expect(closedFor(room())).toBeUndefined();
  expect(closedFor(undefined)).toBeUndefined();
});

it('is open in a read-only room to those who moderate, and to no others', () => {
  hub.me = ada;
  expect(closedFor(room({ readOnly: true }))).toBe('readOnly');
  hub.me = { ...ada, moderator: true };
  expect(closedFor(room({ readOnly: true }))).toBeUndefined();
  hub.me = { ...ada, role: 'owner' };
  expect(closedFor(room({ readOnly: true }))).toBeUndefined();
});

it('is closed to somebody muted everywhere, and to all in an archived room', () => {
  hub.me = { ...ada, muted: true };
  expect(closedFor(room())).toBe('muted');
  expect(closedFor(undefined), 'also for making rooms').toBe('muted');
  hub.me = { ...ada, role: 'owner' };
  expect(closedFor(room({ archived: true, readOnly: true }))).toBe('archived');
});
