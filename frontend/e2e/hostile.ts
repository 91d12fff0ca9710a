import { expect, type Page } from '@playwright/test';

/** What has made other pages run somebody else's script: in names, titles, texts, tags. Each fits into a name (32 characters). */
export const SHORT = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '<svg/onload=alert(1)>',
  '<ScRiPt>alert(1)</sCrIpT>',
  '<body onload=alert(1)>',
  '<input autofocus onfocus=alert(1',
  '<a href=javascript:alert(1)>a',
  '"onmouseover="alert(1)',
  "'-alert(1)-'",
  '"><svg onload=alert(1)>',
  '</title><script>alert(1)',
  '</textarea><script>alert(1)',
  '--><script>alert(1)//',
  ']]><script>alert(1)//',
  '{{constructor.constructor(1)}}',
  '${alert(1)}#{alert(1)}',
  '{@html "<img src=x>"}',
  '<%= alert(1) %>{% alert(1) %}',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)',
  '&ltimg src=x onerror=alert(1)&gt',
  '\\u003cscript\\u003ealert(1)',
  '%3Cscript%3Ealert(1)%3C/script',
  'constructor',
];

/** More of it, for where there is room. */
export const LONG = [
  '<IMG SRC="jav&#x09;ascript:alert(1)">',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
  '<details open ontoggle=alert(1)><summary>x</summary></details>',
  '<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>',
  '<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>',
  '<svg><style><img src=x onerror=alert(1)></style></svg>',
  '<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  '<template><script>alert(1)</script></template>',
  '<form action="javascript:alert(1)"><button>x</button></form>',
  '<base href="//evil.example/"><link rel=stylesheet href="//evil.example/x.css">',
  '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
  '<style>body{display:none}</style><div style="position:fixed;inset:0">',
  '<x contenteditable onblur=alert(1)>lose focus</x>',
  '"><img src=x onerror="fetch(`//evil.example/`)">',
  '<script/src="data:text/javascript,alert(1)"></script>',
  '<p onclick=alert(1) id=app class="sr">x</p>',
  "javascript:/*--></title></style></textarea></script><svg/onload='+/\"/+/onmouseover=1/+/[]/+alert(1)//'>",
];

/** In Markdown: what was written, and what is shown of it. */
export const MARKDOWN: [written: string, shown: string][] = [
  ['&#60;img src=x onerror=alert(1)&#62;', '<img src=x onerror=alert(1)>'],
  ['&lt;img src=x onerror=alert(1)&gt;', '<img src=x onerror=alert(1)>'],
  ['[x1](javascript:alert(1))', 'x1'],
  ['[x2](JaVaScRiPt:alert(1))', 'x2'],
  ['[x3](java\tscript:alert(1))', 'x3'],
  ['[x4](&#106;avascript:alert(1))', 'x4'],
  ['[x5](vbscript:alert(1))', 'x5'],
  ['[x6](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)', 'x6'],
  ['[x7](https://example.org "onmouseover=alert(1)")', 'x7'],
  ['[x8](<javascript:alert(1)>)', 'x8'],
  ['[<img src=x onerror=alert(1)>](https://example.org)', '<img src=x onerror=alert(1)>'],
  ['![x9](javascript:alert(1))', 'x9'],
  ['![x10"onerror="alert(1)](https://example.org/x.png)', 'x10"onerror="alert(1)'],
  ['<javascript:alert(1)>', 'javascript:alert(1)'],
  ['[x11][a]\n\n[a]: javascript:alert(1)', 'x11'],
  ['`<img src=x onerror=alert(1)>`', '<img src=x onerror=alert(1)>'],
  ['```html"onload=alert(1)\n<script>alert(1)</script>\n```', '<script>alert(1)</script>'],
  ['> <svg/onload=alert(1)>', '<svg/onload=alert(1)>'],
  ['- <svg/onload=alert(1)>', '<svg/onload=alert(1)>'],
  ['**<svg/onload=alert(1)>**', '<svg/onload=alert(1)>'],
  ['https://example.org/"onmouseover="alert(1)', 'onmouseover="alert(1)'],
  ['| a |\n|---|\n| <img src=x onerror=alert(1)> |', '<img src=x onerror=alert(1)>'],
];

/** No text became an element, or an address that does something. */
export async function expectHarmless(page: Page): Promise<void> {
  const foreign =
    'iframe, object, embed, base, script:not([src^="."]), img[src="x"], style, [onload], [onerror], [onclick]';
  await expect(page.locator(foreign)).toHaveCount(0);
  const addresses = await page
    .locator('a[href]')
    .evaluateAll((links) => links.map((a) => (a as HTMLAnchorElement).protocol));
  expect(addresses.filter((protocol) => !['http:', 'https:', 'mailto:'].includes(protocol))).toEqual([]);
  await expect(page.locator('body')).toBeVisible();
}
