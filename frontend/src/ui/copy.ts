/** Copies text. Plain http on a LAN address has no clipboard API: there the old command does it. Resolves to whether it worked. */
export async function copyText(text: string): Promise<boolean> {
  // isSecureContext and not a look at navigator.clipboard: the type says that it is always there.
  if (isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by permission or focus: try the other way.
    }
  }
  return copyByCommand(text);
}

function copyByCommand(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'sr';
  // Inside an open modal dialog nothing outside of it can be selected.
  (document.querySelector('dialog:modal') ?? document.body).append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way without a secure context
  const copied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
