// On the wire: peers, what the door asks of them, what may be done to them, and what lets others in: invites and tokens.

/** How a peer is shown everywhere. Scripts have no id, tag or hue of their own. */
export interface Face {
  id: string;
  name: string;
  tag: string;
  hue: number;
  script?: boolean;
}

export type Role = 'owner' | 'member' | 'guest' | 'script' | 'visitor';

export interface Me extends Face {
  role: Role;
  /** The session is the desktop window's. */
  window: boolean;
  /** A member whom the owner lets moderate. */
  moderator?: boolean;
  /** May read, not write. */
  muted?: boolean;
}

/** What a peer may follow. What is false is not there for it at all. */
export interface Sees {
  rooms: boolean;
  computer: boolean;
  notifications: boolean;
}

/** What the hub asks of a browser that wants to join. */
export interface Door {
  /** A name is enough. */
  local: boolean;
  /** A PIN can be given. */
  pin: boolean;
  /** Nobody new gets in. */
  locked: boolean;
  /** This browser was banned. */
  removed: boolean;
  /** One can knock. */
  knock: boolean;
}

export interface HubInfo {
  id: string;
  name: string;
  version: string;
}

export interface WhoAmI {
  hub: HubInfo;
  me: Me | null;
  sees: Sees;
  door: Door;
}

export type PresenceState = 'online' | 'away' | 'offline';

export interface Presence {
  peer: Face;
  state: PresenceState;
  since: string;
}

/** An entry of presence/hub. Who is gone cannot come back. */
export type PresenceChange = Omit<Presence, 'state'> & { state: PresenceState | 'gone' };

export interface Typing {
  peer: Face;
  room: string;
}

export interface People {
  people: Person[];
}

/** Somebody in the list of people. All but `peer`, `state` and `since` is for the owner and moderators only. */
export interface Person extends Presence {
  role?: Role;
  moderator?: boolean;
  muted?: boolean;
  banned?: boolean;
  joined?: string;
  seen?: string;
  /** The id of the invite this peer came by. */
  invite?: string;
  /** The addresses of the sessions that are open. */
  from?: string[];
}

export interface Joined {
  me: Me;
}

/** What a knock waits with. */
export interface Knocking {
  knock: string;
}

/** One act of moderation, an entry of acts/hub. `act` says what was done; the page has a sentence for those it knows. */
export interface Act {
  act: string;
  by: Face;
  /** On whom. */
  peer?: Face;
  /** In or on which room, and on which message there. */
  room?: string;
  seq?: number;
  reason?: string;
}

export interface Invite {
  id: string;
  created: string;
  expires: string;
  /** How many may come by it; 0 = no count. */
  uses: number;
  used: number;
  state: 'open' | 'expired' | 'used_up' | 'revoked';
  /** It is the sharing panel's, which its QR code shows. */
  sharing?: boolean;
}

/** The address carries the secret: it is told once. */
export interface NewInvite {
  invite: Invite;
  url: string;
}

export interface Token {
  id: string;
  name: string;
  /** Names of notification topics; `*` stands for any characters. */
  topics: string[];
  can: TokenVerb[];
  /** Messages a second; absent: the hub's standard. */
  rate?: number;
  created: string;
  /** Absent: never. */
  expires?: string;
  /** Absent: not yet. */
  used?: string;
}

/** Publish and subscribe go by the token's topics; monitor reads this computer's, rooms reads and writes in rooms. */
export type TokenVerb = 'publish' | 'subscribe' | 'monitor' | 'rooms';

/** The secret is told once, by itself and as a command that works. */
export interface NewToken {
  token: Token;
  plain: string;
  curl: string;
}
