const KEPT = 'invite';
const SECRET = /^[A-Za-z0-9_-]{16,}$/;

/** An invite link this page was opened with. A garbled one has no secret: part of it was lost on the way here. */
export interface Invite {
  secret: string;
}

/**
 * Takes the invite out of the address bar, where a secret does not stay, and keeps it for this tab: a phone may put the page away before
 * somebody has typed a name. Returns undefined when there is none.
 */
export function takeInvite(): Invite | undefined {
  const [, fresh] = /^#j=(.*)$/.exec(location.hash) ?? [];
  if (fresh !== undefined) {
    history.replaceState(null, '', location.pathname + location.search);
    sessionStorage.setItem(KEPT, fresh);
  }
  const kept = sessionStorage.getItem(KEPT);
  return kept === null ? undefined : { secret: SECRET.test(kept) ? kept : '' };
}

/** The invite has done its work, or will do none. */
export function dropInvite() {
  sessionStorage.removeItem(KEPT);
}
