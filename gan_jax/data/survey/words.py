"""A Survey in words: a short table."""

import collections
from collections.abc import Iterable, Mapping

from gan_jax.data.survey import Survey
from gan_jax.errors import printable

MOST = 4  # kinds, sizes, names in a line
SHAPES = {
  '1:1': 1,
  '4:3': 4 / 3,
  '3:2': 3 / 2,
  '16:9': 16 / 9,
  '2:1': 2,
  '3:4': 3 / 4,
  '2:3': 2 / 3,
  '1:2': 1 / 2,
}


def lines(survey: Survey) -> list[str]:
  """The table, a string a line: what there is, and what one would want to know before training on it."""
  rows = {
    'images': _images(survey),
    'sizes': _sizes(survey),
    'shapes': _counts(collections.Counter(shape(header.size) for header in survey.headers)),
    'formats': _counts(collections.Counter(header.format for header in survey.headers)),
    'channels': _channels(survey),
    'labels': _labels(survey),
    'split': f'{len(survey.train):,} train, {len(survey.test):,} test' if survey.prefix else '',
    'copies': _copies(survey),
    'blank': _some(survey.looks.blank['white']) if survey.looks.blank['white'] else '',
    'broken': _some([f'{name} ({why})' for name, why in survey.broken.items()]),
    'others': _counts({suffix or 'no suffix': count for suffix, count in survey.others.items()}),
  }
  return [f'  {name:<9} {text}' for name, text in rows.items() if text]


def shape(size: tuple[int, int]) -> str:
  """The name of the aspect ratio of (height, width), within 6 %: '4:3', or 'other'."""
  ratio = size[1] / size[0]
  near = min(SHAPES, key=lambda name: abs(SHAPES[name] / ratio - 1))
  return near if abs(SHAPES[near] / ratio - 1) < 0.06 else 'other'


def _images(survey):
  megabytes = sum(survey.found.values()) / 1e6
  whole = len(survey.looks.names)
  sampled = survey.looked < len(survey.train)
  sample = f'; what follows is of {survey.looked:,} of them, evenly chosen' if sampled else ''
  decoded = f', and of the pixels of {whole:,}' if whole < len(survey.headers) else ''
  return f'{len(survey.found):,} in {printable(str(survey.root))}, {megabytes:,.1f} MB{sample}{decoded}'


def _sizes(survey):
  sizes = [header.size for header in survey.headers]
  low, high = (pick(sizes, key=lambda size: size[0] * size[1]) for pick in (min, max))
  counts = collections.Counter(_by(size) for size in sizes)
  if len(counts) == 1:
    return f'{_by(low)} (height x width)'
  return f'{_by(low)} to {_by(high)} (height x width); {_counts(counts)}'


def _by(size):
  return '{}x{}'.format(*size)


def _channels(survey):
  kinds = collections.Counter(header.kind for header in survey.headers)
  transparent = sum(header.transparent for header in survey.headers)
  animated = sum(header.animated for header in survey.headers)
  grey = ', all of them grey to look at' if survey.looks.grey and set(kinds) != {'grey'} else ''
  more = {'with transparency': transparent, 'animated, of which the first frame is taken': animated}
  return '; '.join(
    [_counts(kinds, len(kinds)) + grey] + [f'{count:,} {what}' for what, count in more.items() if count]
  )


def _labels(survey):
  found = []
  if survey.labels:
    where = survey.table or 'sub-folders'
    found.append(f'{len(survey.labels)} by {printable(where)}: {_counts(survey.labels)}')
  if survey.attributes:
    table, *names = survey.attributes
    found.append(f'{printable(table)} has attributes: {", ".join(map(printable, names[:MOST]))}')
  return '; '.join(found)


def _copies(survey):
  pairs = [f'{name} = {original}' for name, original in survey.copies.of.items()]
  return _some(pairs) if survey.copies.all else f'{_some(pairs) or "none"}, of the files that were compared'


def _counts(counts: Mapping[str, int], most: int = MOST) -> str:
  """'PNG 40, JPEG 2', the most frequent first."""
  ordered = sorted(counts.items(), key=lambda item: -item[1])
  more = f', {len(ordered) - most} more' if len(ordered) > most else ''
  return ', '.join(f'{printable(name)} {count:,}' for name, count in ordered[:most]) + more


def _some(texts: Iterable[str]) -> str:
  """'3: a, b, ...'."""
  texts = [printable(text) for text in texts]
  return f'{len(texts):,}: {", ".join(texts[:MOST])}{", ..." if len(texts) > MOST else ""}' if texts else ''
