/** One or two letters for an avatar: the first ones of the words, of a Chinese name the last two characters. */
export function initials(name: string, most: 1 | 2): string {
  const trimmed = name.trim();
  if (/\p{Script=Han}/u.test(trimmed)) return [...trimmed].slice(-2).slice(0, most).join('');
  const words = trimmed.split(/\s+/u);
  return words
    .slice(0, most)
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();
}
