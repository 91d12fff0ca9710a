// The shapes on the wire (protocol.md §2 and the HTTP API): topics and what stands in them, commands and answers. Who is there and what they
// may is in protocol.people.ts, how the hub is shared in protocol.sharing.ts; nothing else in the page declares a wire type. Golden files in
// backend/server/testdata/wire hold one example of each; the tests read them by golden().
import type { Act, Face, PresenceChange, Typing } from './protocol.people';
import type { Share } from './protocol.sharing';

/** A place in a topic's history: everything up to and including seq has been seen. `{epoch: '', seq: 0}` = everything kept. */
export interface Position {
  epoch: string;
  seq: number;
}

/** One numbered fact of a topic. `changed` is the seq of the newest entry that rewrote this one. */
export interface EntryOf<Kind extends string, Data> {
  topic: string;
  seq: number;
  time: string;
  kind: Kind;
  changed?: number;
  data: Data;
}

export interface Message {
  from: Face;
  text?: string;
  client_id?: string;
  /** Ids of the peers named in the text. */
  mentions?: string[];
  edited?: string;
  deleted?: true;
  /** Who deleted it and why, if that was not its author. */
  by?: Face;
  reason?: string;
}

/** Superseded edits are rewritten to carry no text. */
export interface MessageEdited {
  seq: number;
  text?: string;
  mentions?: string[];
  by: Face;
}

export interface MessageDeleted {
  seq: number;
  by: Face;
  reason?: string;
}

export interface Room {
  room: string;
  title: string;
  /** Messages since the hub started: the page counts unread ones by difference. */
  messages: number;
  position: Position;
  last: LastMessage | null;
  /** Only those who moderate write in it. */
  read_only?: boolean;
  /** Slow mode: a peer writes once in that many seconds. */
  slow?: number;
  /** Nobody writes in it any more. */
  archived?: boolean;
}

/** The first 140 characters of a room's newest message. */
export interface LastMessage {
  seq: number;
  time: string;
  from: Face;
  text: string;
  deleted?: boolean;
}

/** A room as GET /api/rooms lists it for one peer. `unread` stops at 100. */
export interface RoomForMe extends Room {
  unread: number;
  mentions: number;
  read: number;
}

export interface Notification {
  id: string;
  topic: string;
  text: string;
  title?: string;
  /** 1 (least) to 5 (most urgent). */
  priority: number;
  tags?: string[];
}

export type LastNotification = Notification & { seq: number; time: string };

export interface NotifyTopic {
  topic: string;
  position: Position;
  last: LastNotification | null;
}

export interface Mention {
  room: string;
  title: string;
  seq: number;
  from: Face;
  text?: string;
  /** The message is gone, or names this peer no more. */
  deleted?: boolean;
}

/** The mention with this seq was rewritten: its message was edited or deleted. */
export interface MentionChanged {
  seq: number;
}

export interface Read {
  topic: string;
  seq: number;
}

/**
 * One second of this computer. A metric the hub cannot read is absent and named in `unavailable`; a number is null when only this one is not
 * known, like a rate whose counter went backwards.
 */
export interface Sample {
  timestamp: string;
  cpu_load?: number[] | null;
  memory_usage?: number | null;
  /** "emulated": the system counts no load, the hub makes it from the CPU's. */
  load_kind?: 'emulated';
  cpu?: {
    percent: number | null;
    per_core?: (number | null)[];
    user?: number | null;
    system?: number | null;
    iowait?: number | null;
    steal?: number | null;
  };
  memory?: { total: number; used: number; available: number; cached?: number };
  swap?: { total: number; used: number };
  disks?: { mount: string; total: number; used: number; percent: number }[];
  disk_io?: { read_bytes_per_sec: number | null; write_bytes_per_sec: number | null };
  net?: { name: string; rx_bytes_per_sec: number | null; tx_bytes_per_sec: number | null }[];
  temperatures?: { sensor: string; celsius: number }[];
  uptime_sec?: number;
  procs?: number;
  unavailable?: Record<string, string>;
}

/** Every kind of entry; `entry.kind` tells which. */
export type Entry =
  | EntryOf<'message', Message>
  | EntryOf<'message.edited', MessageEdited>
  | EntryOf<'message.deleted', MessageDeleted>
  | EntryOf<'room', Room>
  | EntryOf<'presence', PresenceChange>
  | EntryOf<'typing', Typing>
  | EntryOf<'notification', Notification>
  | EntryOf<'notify_topic', NotifyTopic>
  | EntryOf<'mention', Mention>
  | EntryOf<'mention.changed', MentionChanged>
  | EntryOf<'read', Read>
  | EntryOf<'sample', Sample>
  | EntryOf<'share', Share>
  | EntryOf<'room.changed', RoomChanged>
  | EntryOf<'room.deleted', RoomDeleted>
  | EntryOf<'act', Act>;

export type MessageEntry = Extract<Entry, { kind: 'message' }>;
export type RoomChangedEntry = Extract<Entry, { kind: 'room.changed' }>;

/** Retention dropped entries before this reader came to them. */
export interface Gap {
  topic: string;
  kind: 'gap';
  missed: number;
}

/** Another history than the one the position belonged to: forget what you knew; its newest entries follow. */
export interface Reset {
  topic: string;
  kind: 'reset';
  position: Position;
}

export type ErrorCode =
  | 'bad_json'
  | 'bad_request'
  | 'unknown_op'
  | 'unauthenticated'
  | 'forbidden'
  | 'muted'
  | 'room_read_only'
  | 'room_archived'
  | 'not_found'
  | 'conflict'
  | 'too_long'
  | 'rate_limited'
  | 'storage_full'
  | 'read_only'
  | 'engine_unavailable'
  | 'internal'
  | JoinRefusal;

/** Why somebody is not let in. */
export type JoinRefusal =
  | 'invite_unknown'
  | 'invite_expired'
  | 'invite_used_up'
  | 'invite_revoked'
  | 'door_locked'
  | 'pin_wrong'
  | 'pin_needed'
  | 'removed'
  | 'knock_refused';

/** An error for people: a code to act on and the hub's own sentence. `retry_after` in seconds. */
export interface WireError {
  code: ErrorCode;
  message: string;
  field?: string;
  retry_after?: number;
}

export interface FollowOk {
  position: Position;
  first: number;
}

export interface PostOk {
  topic: string;
  seq: number;
  dup: boolean;
}

export type Reply = { id: number; ok: unknown } | { id: number; error: WireError };

/** Where a follower begins: after a position, with the newest entries, or (neither) now. */
export type Start = { from?: Position; last?: number };

/** What the page sends; the stream adds the id. */
export type Command =
  | ({ op: 'follow'; topic: string } & Start)
  | { op: 'leave'; topic: string }
  | { op: 'post'; room: string; client_id: string; text: string }
  | { op: 'typing'; room: string }
  | { op: 'read'; topic: string; seq: number }
  | { op: 'ping' };

export type Frame = Reply | Gap | Reset | Entry;

// The bodies of the HTTP API.

export interface Rooms {
  rooms: RoomForMe[];
}

export interface MessagePage {
  messages: (MessageEntry | RoomChangedEntry)[];
  position: Position;
  more: boolean;
}

export interface Inbox {
  topics: InboxTopic[];
  mentions: { topic: string; position: Position; read: number; unread: number } | null;
}

export interface InboxTopic {
  topic: string;
  name: string;
  position: Position;
  read: number;
  unread: number;
  last: LastNotification | null;
}

export interface Settings {
  /** What closing the desktop window does. */
  close: 'hide' | 'quit';
}

// Moderation: what stands in rooms. What stands in the record is an Act.

/** What somebody changed about a room: one or more of the fields after `reason`. Stands in the room itself. */
export interface RoomChanged {
  by: Face;
  reason?: string;
  title?: string;
  read_only?: boolean;
  /** Seconds; 0 = slow mode is off. */
  slow?: number;
  archived?: boolean;
  /** Everything before this entry is gone. */
  cleared?: true;
}

/** In list/rooms and in the room: the room and what was said in it are gone. */
export interface RoomDeleted {
  room: string;
  by: Face;
  reason?: string;
}
