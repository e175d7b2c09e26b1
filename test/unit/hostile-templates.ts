/** Loops in loops, as deep as asked, each of `count` rounds. */
function nested(depth: number, count: number, inside: string): string {
  const open = Array.from({ length: depth }, (_, level) => `{% for v${level} in (1..${count}) %}`)
  return open.join('') + inside + '{% endfor %}'.repeat(depth)
}

/** Assigns `a` a text of 2^rounds times `seed`. */
const doubled = (seed: string, rounds: number): string =>
  `{% assign a = "${seed}" %}{% for i in (1..${rounds}) %}{% assign a = a | append: a %}{% endfor %}`

const many = (text: string, joint = ''): string => {
  const times = Math.floor((9_000 + joint.length) / (text.length + joint.length))
  return Array.from({ length: times }, () => text).join(joint)
}

/** What a tenant might write to keep a server busy: each ends, and ends by what it counts, not by a clock. */
export const HOSTILE: readonly (readonly [string, string])[] = [
  ['loops nested ten deep', nested(10, 9, 'x')],
  ['loops nested fifty deep', nested(50, 2, 'x')],
  ['empty loops nested ten deep', nested(10, 9, '')],
  ['a loop over a huge range', '{% for i in (1..999999999) %}x{% endfor %}'],
  [
    'a loop over a range beyond what a number holds',
    '{% for i in (1..99999999999999999999999) %}x{% endfor %}',
  ],
  ['a loop over a range downwards', '{% for i in (999999999..1) %}x{% endfor %}x'],
  ['a loop over a range of no numbers', '{% for i in (title..notes) %}x{% endfor %}x'],
  [
    'a loop that breaks at once, over and over',
    '{% for i in (1..240000) %}{% break %}{% endfor %}'.repeat(200),
  ],
  [
    'a list that is copied over and over',
    `{% assign r = "${'x,'.repeat(4000)}" | split: "," %}{% for i in (1..2000) %}{% for j in r reversed limit:1 %}{% endfor %}{% endfor %}`,
  ],
  ['a text that doubles', doubled('xxxxxxxx', 60)],
  [
    'a text that doubles by capture',
    `{% assign a = "xxxxxxxx" %}${'{% capture a %}{{ a }}{{ a }}{% endcapture %}'.repeat(60)}`,
  ],
  [
    'a text that grows by replacing',
    `${doubled('x', 12)}{% assign a = a | replace: "x", a %}{{ a | replace: "x", a }}`,
  ],
  ['a text that grows by joining', `${doubled('x,', 12)}{% assign b = a | split: "," | join: a %}{{ b }}`],
  ['a text that grows by encoding', `${doubled('%', 14)}{{ a${' | url_encode'.repeat(600)} }}`],
  ['an output of everything', `${doubled('<&>', 15)}{{ a }}{{ a }}{{ a }}`],
  ['a chain of a thousand filters', `{{ title${' | upcase'.repeat(1000)} }}`],
  [
    'a chain of a thousand filters in a loop',
    `{% for i in (1..5000) %}{{ ""${' | strip'.repeat(1000)} }}{% endfor %}`,
  ],
  [
    'a condition of a thousand parts in a loop',
    `{% for i in (1..5000) %}{% if ${many('custom.x', ' or ')} %}{% endif %}{% endfor %}`,
  ],
  [
    'a condition of a thousand searches',
    `${doubled('ab', 13)}{% for i in (1..5000) %}{% if ${many('a contains "ba0"', ' or ').slice(0, 7_616)} %}{% endif %}{% endfor %}`,
  ],
  [
    'a condition of a thousand comparisons',
    `${doubled('ab', 13)}{% assign b = a | append: "" %}{% for i in (1..5000) %}{% if ${Array.from({ length: 900 }, () => 'a != b').join(' or ')} %}{% endif %}{% endfor %}`,
  ],
  [
    'a case of a thousand values in a loop',
    `${doubled('ab', 13)}{% assign b = a | append: "" %}{% for i in (1..2000) %}{% case a %}{% when ${Array.from({ length: 2000 }, () => 'b').join(',')} %}{% endcase %}{% endfor %}`,
  ],
  [
    'lists that are compared over and over',
    `${doubled('x,', 13)}{% assign r = a | split: "," %}{% assign s = a | split: "," %}{% for i in (1..2000) %}{% case r %}{% when ${Array.from({ length: 1000 }, () => 's').join(',')} %}{% endcase %}{% endfor %}`,
  ],
  [
    'a search that looks at each place again',
    `${doubled('aaaaaaaa', 13)}{% assign p = "b" | append: a %}{% assign a = a | append: a %}{% for i in (1..5000) %}{% if a contains p %}{% endif %}{% endfor %}`,
  ],
  [
    'a replacement that looks at each place again',
    `${doubled('aaaaaaaa', 12)}{% assign p = "b" | append: a %}{% assign a = a | append: a %}{{ a${' | remove: p | replace: p, "x" | split: p | first'.repeat(100)} }}`,
  ],
  [
    'a text of nothing but line breaks',
    `{% capture a %}${'\n'.repeat(4000)}{% endcapture %}${'{% assign a = a | append: a %}'.repeat(4)}{% assign a = a | append: "x" | prepend: "x" %}{{ a }}{{ a | squish }}{{ a | strip_newlines }}{{ a | truncatewords: 3 }}`,
  ],
  [
    'dates, amounts and numbers in a loop',
    '{% for i in (1..5000) %}{{ starts_at | date: "full" }}{{ i | money }}{{ client.phone | phone }}{% endfor %}',
  ],
  ['a date pattern that grows', `${doubled('%A', 15)}{{ starts_at | date: a }}{{ starts_at | date: a }}`],
  [
    'a list made of every character',
    `${doubled('x', 17)}{% for c in (1..100) %}{% assign l = a | split: "" %}{% endfor %}`,
  ],
  ['many parsed tags', many('{{ title }}')],
  ['many opened outputs', many('{{')],
  ['many opened tags', many('{%')],
  ['many quotes', `{{ ${many('"')} }}`],
  ['many brackets', `{{ title${'['.repeat(9000)} }}`],
  ['brackets in brackets', `{{ title${'[title'.repeat(1200)}${']'.repeat(1200)} }}`],
  ['parentheses in parentheses', `{{ ${'('.repeat(4000)}1${')'.repeat(4000)} }}`],
  ['conditions in conditions', '{% if title %}'.repeat(330) + 'x' + '{% endif %}'.repeat(330)],
  ['conditions in conditions that never end', many('{% if title %}')],
  ['captures in captures', '{% capture a %}'.repeat(250) + 'x' + '{% endcapture %}'.repeat(250)],
  ['comments in comments', '{% comment %}'.repeat(300) + '{% endcomment %}'.repeat(300)],
  ['a raw that never ends', `{% raw %}${many('{% endraw')}`],
  ['a long name', `{{ ${'a'.repeat(9000)} }}`],
  ['a long path', `{% assign c = title %}{{ c${'.size'.repeat(1700)} }}`],
  ['a long number', `{{ ${'9'.repeat(9000)} | plus: 1 | money }}`],
  ['blanks', `{{ title ${' '.repeat(9000)} }}${' '.repeat(500)}`],
]
