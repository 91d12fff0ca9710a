/**
 * How well a query fits a name: 0 not at all; a beginning beats a later word, that beats a place inside, that beats letters in order.
 * Shorter names win among equals.
 */
export function score(name: string, query: string): number {
  const text = name.toLowerCase();
  const wanted = query.trim().toLowerCase();
  if (!wanted) return 1;
  const brevity = 1 / (1 + text.length);
  const at = text.indexOf(wanted);
  if (at === 0) return 4 + brevity;
  if (at > 0) return (/[\s_-]/u.test(text[at - 1] ?? '') ? 3 : 2) + brevity;
  let from = 0;
  for (const letter of wanted) {
    from = text.indexOf(letter, from) + 1;
    if (from === 0) return 0;
  }
  return 1 + brevity;
}

/** The items that fit, best first; equal ones stay in order. */
export function best<T>(items: readonly T[], query: string, nameOf: (item: T) => string, most = 8): T[] {
  return items
    .map((item) => ({ item, points: score(nameOf(item), query) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .slice(0, most)
    .map(({ item }) => item);
}
