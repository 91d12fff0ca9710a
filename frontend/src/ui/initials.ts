/** One or two letters for an avatar: the first ones of the words, of a Chinese name the last two characters. */
export function initials(name: string, most: 1 | 2): string {
  const trimmed = name.trim();
  if (/\p{Script=Han}/u.test(trimmed)) return Array.from(trimmed).slice(-2).slice(0, most).join('');
  const letters = trimmed.split(/\s+/u).map((word) => Array.from(word)[0] ?? '');
  return letters.slice(0, most).join('').toUpperCase();
}
