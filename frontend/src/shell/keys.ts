import { inWindow } from '../hub/host';
import { shell } from './shell.svelte';

const FIELD = 'input, textarea, select, [contenteditable]';

/** The page's own keys. A browser needs Ctrl+1 and its like for tabs: those work in the window only. */
export function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing) return;
  if (command(event) || roomStep(event) || sheet(event) || escape(event)) event.preventDefault();
}

function command({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  if ((!ctrlKey && !metaKey) || altKey || shiftKey) return false;
  if (key.toLowerCase() === 'k') shell.sheet = shell.sheet === 'palette' ? undefined : 'palette';
  else if (!inWindow()) return false;
  else if (key === '1') shell.goRoom(shell.room);
  else if (key === '2') shell.toggle('monitor');
  else if (key === '3') shell.toggle('inbox');
  else return false;
  return true;
}

function roomStep({ key, altKey, shiftKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  if (!altKey || ctrlKey || metaKey || (key !== 'ArrowUp' && key !== 'ArrowDown')) return false;
  shell.step(key === 'ArrowUp' ? -1 : 1, shiftKey);
  return true;
}

function sheet({ key, target }: KeyboardEvent): boolean {
  if (key !== '?' || shell.sheet || (target instanceof Element && target.matches(FIELD))) return false;
  shell.sheet = 'keys';
  return true;
}

/** Dialogs and menus close themselves; what is left on top is the dock. */
function escape({ key }: KeyboardEvent): boolean {
  if (key !== 'Escape' || shell.sheet || !shell.dock) return false;
  shell.closeDock();
  return true;
}
