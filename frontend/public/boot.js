// Runs before the first paint. A file and not an inline script, so that the CSP can stay script-src 'self'.

// WebKitGTK under LANG=C reports the language "C", which Intl refuses; a chart library that formats at import would blank the page.
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en' });
  Object.defineProperty(Navigator.prototype, 'languages', { get: () => ['en'] });
}

try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is off: the system's theme it is.
}
