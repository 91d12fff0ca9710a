const MOST = 64;

/**
 * The id of a room from what somebody calls it: 1 to 64 of a-z 0-9 - _. Accents fall away; a title with no such letters (设计评审) gets an
 * id made from its characters, so that the same title always means the same room. Empty for an empty title.
 */
export function roomId(title: string): string {
  const trimmed = title.trim().toLowerCase();
  if (!trimmed) return '';
  const plain = trimmed
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (/[a-z0-9]/.test(plain)) return plain.slice(0, MOST);
  const points = Array.from(trimmed, (letter) => (letter.codePointAt(0) ?? 0).toString(36));
  return `room-${points.join('')}`.slice(0, MOST);
}
