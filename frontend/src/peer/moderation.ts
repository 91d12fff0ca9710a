import { call, segment } from '../hub/client';
import type { Face, Person } from '../hub/protocol.people';

// What the owner and those who moderate do to people. All of it throws HubError, and stands in the record with its author and reason.

export interface PersonChange {
  role?: 'guest' | 'member';
  moderator?: boolean;
  muted?: boolean;
  banned?: false;
  reason?: string;
}

/** How far a removal goes. */
export interface Removal {
  /** Their browser is not let in again. */
  ban: boolean;
  /** Also everybody who came by the same link after them. */
  same_invite: boolean;
  /** A new QR code and PIN: those that are known let nobody in any more. */
  renew: boolean;
}

type Removed = { removed: Face[] };

const because = (reason: string) => (reason ? { reason } : {});

/** Resolves to the person as they are now. */
export const changePerson = (id: string, change: PersonChange): Promise<Person> =>
  call<Person>('PATCH', `api/people/${segment(id)}`, change);

export const mute = (id: string, reason: string) => changePerson(id, { muted: true, ...because(reason) });

/** Signs somebody out at once. Resolves to all who were. */
export async function remove(id: string, removal: Removal, reason: string): Promise<Face[]> {
  const body = { ...removal, ...because(reason) };
  return (await call<Removed>('POST', `api/people/${segment(id)}/remove`, body)).removed;
}

/** Signs all guests out. */
export const endGathering = async (reason: string): Promise<Face[]> =>
  (await call<Removed>('POST', 'api/gathering/end', because(reason))).removed;
