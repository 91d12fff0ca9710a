/** Where the page is. It lives in the fragment, so paths stay free for the hub's own names. */
export type Route =
  { page: 'room'; room: string } | { page: 'rooms' } | { page: 'inbox' } | { page: 'monitor' };

/** Reads a fragment; undefined for one that says nothing. */
export function parseRoute(hash: string): Route | undefined {
  const [, page, rest] = /^#\/([a-z]+)(?:\/([a-z0-9_-]{1,64}))?$/.exec(hash) ?? [];
  if (page === 'room' && rest) return { page, room: rest };
  if ((page === 'rooms' || page === 'inbox' || page === 'monitor') && !rest) return { page };
  return undefined;
}

export const hashOf = (route: Route): string =>
  route.page === 'room' ? `#/room/${route.room}` : `#/${route.page}`;
