import { plural } from './plural';

/** What is said about people and what is done to them. It comes with the menu about a person and with the list of everybody. */
export const people = {
  person: {
    menu: (name: string) => `About ${name}`,
    roles: {
      owner: 'Owner',
      moderator: 'Member, moderates',
      member: 'Member',
      guest: 'Guest',
      script: 'Script',
      visitor: 'Signed out',
    },
    muted: 'muted',
    came: (when: string) => `Joined ${when}`,
    cameByLink: (when: string) => `Joined ${when}, by a link`,
    acts: {
      keep: {
        item: 'Make a member…',
        title: (name: string) => `Make ${name} a member?`,
        text: 'A guest’s place ends a day after they were last here. A member stays, and sees the monitor and the notifications too.',
        confirm: 'Make a member',
      },
      makeGuest: {
        item: 'Make a guest again…',
        title: (name: string) => `Make ${name} a guest again?`,
        text: 'Guests see what you share with guests, and their place ends a day after they were last here.',
        confirm: 'Make a guest',
      },
      appoint: {
        item: 'Let moderate…',
        title: (name: string) => `Let ${name} moderate?`,
        text: 'They can delete messages, mute and remove people, and change, clear and delete rooms. Whatever they do stands in the record.',
        confirm: 'Let moderate',
      },
      dismiss: {
        item: 'Take moderation back…',
        title: (name: string) => `Take moderation back from ${name}?`,
        text: 'They stay a member. What they did stands in the record.',
        confirm: 'Take back',
      },
      mute: {
        item: 'Mute…',
        title: (name: string) => `Mute ${name}?`,
        text: 'They can read everything and write nothing, in any room, until somebody lets them write again.',
        confirm: 'Mute',
      },
      unmute: {
        item: 'Let write again…',
        title: (name: string) => `Let ${name} write again?`,
        text: 'They can write in every room that is open to them.',
        confirm: 'Let write',
      },
      unban: {
        item: 'Let back in…',
        title: (name: string) => `Let ${name} back in?`,
        text: 'Their browser can come back as who it was.',
        confirm: 'Let back in',
      },
    },
    remove: {
      item: 'Remove…',
      title: (name: string) => `Remove ${name}?`,
      text: 'They are signed out at once, on all their devices. What they wrote stays.',
      confirm: 'Remove',
      ways: {
        renew: 'This person, and change the QR code and PIN',
        one: 'This person',
        same: 'This person, and everybody who came by the same link after them',
      },
      hints: {
        renew: 'Whoever has the present ones cannot come in with them any more.',
        one: 'With a link, the QR code or the PIN they can come back as somebody new.',
        same: (names: readonly string[], renew: boolean) =>
          `Also ${names.join(', ')}.${renew ? ' The QR code and PIN change too.' : ''}`,
      },
      ban: 'Do not let this browser in again',
      banHint: 'Whatever link or PIN it brings. You can take that back under People.',
    },
  },
  everybody: {
    title: 'People',
    show: 'Show',
    tabs: { people: 'Here and known', banned: 'Kept out', record: 'Record' },
    nobody: 'Nobody but you has joined yet.',
    noneBanned: 'Nobody is kept out.',
    you: 'you',
    seen: (when: string) => `last here ${when}`,
    lock: 'Lock the door',
    lockHint: 'Nobody new gets in; who is in stays.',
    lockedHint: 'Nobody new gets in at the moment.',
    end: 'End this gathering…',
    endTitle: 'End this gathering?',
    endText: (count: number) =>
      count
        ? `${plural(count, 'guest is', 'guests are')} signed out at once. Members stay, and so does everything that was written.`
        : 'All guests are signed out at once. There are none at the moment.',
    endConfirm: 'Sign all guests out',
    noActs: 'Nothing was moderated yet. Whatever is done to people, rooms and messages will stand here.',
    older: 'Show older',
  },
  /** What stands in the record. `whom` and `room` are "" where an act has none. */
  acts: {
    removed: (by: string, whom: string) => `${by} removed ${whom}`,
    banned: (by: string, whom: string) => `${by} removed ${whom} for good`,
    unbanned: (by: string, whom: string) => `${by} let ${whom} back in`,
    muted: (by: string, whom: string) => `${by} muted ${whom}`,
    unmuted: (by: string, whom: string) => `${by} let ${whom} write again`,
    appointed: (by: string, whom: string) => `${by} let ${whom} moderate`,
    dismissed: (by: string, whom: string) => `${by} took moderation back from ${whom}`,
    kept: (by: string, whom: string) => `${by} made ${whom} a member`,
    made_guest: (by: string, whom: string) => `${by} made ${whom} a guest`,
    gathering_ended: (by: string) => `${by} ended the gathering`,
    message_deleted: (by: string, whom: string, room: string) =>
      whom ? `${by} deleted a message of ${whom} in #${room}` : `${by} deleted a message in #${room}`,
    room_titled: (by: string, _: string, room: string) => `${by} renamed #${room}`,
    room_read_only: (by: string, _: string, room: string) => `${by} made #${room} read only`,
    room_writable: (by: string, _: string, room: string) => `${by} opened #${room} for writing`,
    room_slow: (by: string, _: string, room: string) => `${by} turned slow mode on in #${room}`,
    room_fast: (by: string, _: string, room: string) => `${by} turned slow mode off in #${room}`,
    room_archived: (by: string, _: string, room: string) => `${by} archived #${room}`,
    room_brought_back: (by: string, _: string, room: string) => `${by} brought #${room} back`,
    room_cleared: (by: string, _: string, room: string) => `${by} cleared #${room}`,
    room_deleted: (by: string, _: string, room: string) => `${by} deleted #${room}`,
    door_locked: (by: string) => `${by} locked the door`,
    door_unlocked: (by: string) => `${by} unlocked the door`,
    shares_changed: (by: string) => `${by} changed what guests see`,
  },
};

export type PeopleCatalogue = typeof people;
