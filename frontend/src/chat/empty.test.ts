import { render, screen } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import EmptyRoom from './EmptyRoom.svelte';

const lobby = { room: 'lobby', title: 'Lobby', absent: false };

test('the empty lobby leads who may share to the code for phones', () => {
  const onshare = vi.fn();
  render(EmptyRoom, { ...lobby, onshare });
  screen.getByRole('button', { name: 'Share on this network' }).click();
  expect(onshare).toHaveBeenCalledOnce();
});

test('the empty lobby offers nobody else to share', () => {
  render(EmptyRoom, { ...lobby, onshare: undefined });
  screen.getByText('The lobby is empty');
  expect(screen.queryByRole('button', { name: /Share/ })).toBeNull();
});
