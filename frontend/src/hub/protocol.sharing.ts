// On the wire: how the hub is shared on the network, which only its owner learns.
import type { Sees } from './protocol.people';

/** How the hub is shared on the network: the state of the topic share/hub, which only the owner follows. It holds secrets. */
export interface Share {
  on: boolean;
  /** The hub's name. */
  name: string;
  /** Where people join; "" while it is not shared. */
  url: string;
  /** The same with the secret of the QR code in its fragment. */
  link: string;
  tls: boolean;
  /** Best first. */
  addresses: ShareAddress[];
  /** "" = none. */
  pin: string;
  pin_mode: 'auto' | 'none' | 'fixed';
  locked: boolean;
  shares: Sees;
  since: string;
  lamp: Lamp;
  /** Why nobody may have come yet. */
  causes: Finding[];
  knocks: Knock[];
  awake: Awake;
}

export interface ShareAddress {
  address: string;
  url: string;
  interface: string;
  kind: 'lan' | 'public' | 'virtual' | 'vpn' | 'container' | 'other';
  best: boolean;
  /** A code that says why it will hardly do; "" when it may. */
  why: string;
}

/** The last sign of somebody from another computer. */
export interface Lamp {
  state: 'off' | 'waiting' | 'seen' | 'joined';
  address: string;
  name: string;
  time: string;
}

/** Something the hub found out about its surroundings, and the one command that helps. */
export interface Finding {
  code: string;
  level: 'ok' | 'note' | 'warn';
  /** One English sentence. */
  text: string;
  command: string;
  args?: Record<string, unknown>;
}

/** Somebody who asks to be let in. */
export interface Knock {
  id: string;
  name: string;
  from: string;
  time: string;
}

/** Whether the computer is kept from sleeping while somebody is connected, by what, and why not. */
export interface Awake {
  wanted: boolean;
  held: boolean;
  how: string;
  why: string;
}

/** What a change of the sharing may ask for. */
export interface ShareChange {
  on?: boolean;
  shares?: Sees;
  /** "auto", "none" or 4 to 12 digits. */
  pin?: string;
  awake?: boolean;
}
