const ICON = './icon.svg';
const UNREAD = './icon-unread.svg';

/** What the browser's tab shows: the room, how much is unread, and a dot on the icon for it. They need no permission and no https. */
export function showTab(title: string, unread: number) {
  document.title = unread ? `(${unread}) ${title}` : title;
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  const href = unread ? UNREAD : ICON;
  if (icon && icon.getAttribute('href') !== href) icon.setAttribute('href', href);
}
