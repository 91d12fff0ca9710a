import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { HubError } from '../hub/client';
import { hub } from '../hub/stream.svelte';
import { outgoing } from './outgoing.svelte';

let post: MockInstance<typeof hub.post>;

beforeEach(() => {
  post = vi.spyOn(hub, 'post').mockResolvedValue({ topic: 'room/lobby', seq: 1, dup: false });
});

afterEach(() => outgoing.clear());

it('stays until it comes back through the room', async () => {
  outgoing.post('lobby', 'hi');
  await Promise.resolve();
  expect(outgoing.of('lobby')).toHaveLength(1);
  expect(outgoing.of('builds')).toEqual([]);
});

it('says why it was refused, and is sent again under the same client id', async () => {
  const message = 'text is 17,004 bytes; the limit is 16,384';
  post.mockRejectedValueOnce(new HubError({ code: 'too_long', message }));
  outgoing.post('lobby', 'hi');
  await vi.waitFor(() => expect(outgoing.of('lobby')[0]?.problem).toBe(message));

  const [failed] = outgoing.of('lobby');
  if (!failed) throw new Error('need a failed message');
  outgoing.retry(failed);
  expect(outgoing.of('lobby')[0]?.problem).toBeUndefined();
  const ids = post.mock.calls.map(([{ clientId }]) => clientId);
  expect(ids).toEqual([failed.clientId, failed.clientId]);
});
