"""What the pictures decide, whatever the machine: each rule gives config fields, and says why."""

import collections
import math
import statistics
from typing import Any, NamedTuple

from gan_jax.data.survey import Survey
from gan_jax.data.survey.words import SHAPES, shape

FEW = 500  # pictures
ALIKE = 0.8  # the share of pictures that must be of one shape for it to be learned
COVERED = 0.1  # the share of pictures that a background may hide


class Choice(NamedTuple):
  """Config fields {'section.field': value} that are about one thing, and why."""

  about: str
  fields: dict[str, Any]
  why: str


def amount(survey: Survey) -> Choice:
  """That files are left out which cannot be read, and whether there are enough."""
  count = len(survey.train)
  words = f'{count:,} to learn from'
  if survey.test:
    words += f', {len(survey.test):,} of the test split apart'
  if survey.broken:
    sampled = f' of {survey.looked:,}' if survey.looked < count else ''
    words += f'; files that cannot be read ({len(survey.broken):,}{sampled}) are left out'
  if (minutes := count * survey.looks.seconds / 60) >= 1:
    words += f'; to read them takes about {minutes:.0f} min, once'
  if count < FEW:
    words += f'; fewer than {FEW} are soon known by heart: what is made will be close to them'
  return Choice('pictures', {'data.on_bad_image': 'skip'}, words)


def channels(survey: Survey) -> Choice:
  """One channel for pictures that are grey."""
  if survey.looks.grey:
    return Choice('channels', {'data.channels': 1}, '1, because all pictures are grey')
  return Choice('channels', {'data.channels': 3}, '3, because there are colours')


def background(survey: Survey) -> Choice:
  """What shows through transparent pixels: white, unless that hides pictures that black does not."""
  hidden = {level: len(names) for level, names in survey.looks.blank.items()}
  if not any(header.transparent for header in survey.headers):
    return Choice('background', {}, 'as it is, because nothing is transparent')
  if hidden['white'] > COVERED * len(survey.looks.names) and hidden['black'] < hidden['white']:
    why = f'black behind transparent pixels, because {hidden["white"]:,} pictures would vanish on white'
    return Choice('background', {'data.background': 'black'}, why)
  return Choice('background', {'data.background': 'white'}, 'white behind transparent pixels')


def labels(survey: Survey) -> Choice:
  """That a table of labels is kept with the data; this game does not ask for them."""
  if not survey.labels:
    return Choice('labels', {}, 'none, and none are needed')
  words = f'{len(survey.labels)}, which are kept, though this game learns all pictures as one kind'
  return Choice('labels', {'data.labels': survey.table}, words)


def flips(survey: Survey) -> Choice:
  """No mirroring: only a person knows whether left and right matter."""
  why = 'none; where left and right do not matter, --config.data.flip=True makes twice as many of them'
  return Choice('mirroring', {'data.flip': False}, why)


RULES = (amount, channels, background, labels, flips)


def proportions(survey: Survey) -> tuple[float, str]:
  """(width over height to learn, why): that of nearly all pictures, or else square."""
  shapes = collections.Counter(shape(header.size) for header in survey.headers)
  name, count = shapes.most_common(1)[0]
  share = count / len(survey.headers)
  if share == 1 and name != 'other':
    return SHAPES[name], f'all are {name}'
  if name != 'other' and share >= ALIKE:
    return SHAPES[name], f'{share:.0%} are {name}, of the others the middle is taken'
  return 1.0, 'of each the middle square is taken (data.resize=stretch takes all of it)'


def native(survey: Survey) -> int:
  """The side of a square with as many pixels as the typical picture has in its middle."""
  ratio, _ = proportions(survey)
  return round(statistics.median(_inside(header.size, ratio) for header in survey.headers))


def size(side: int, ratio: float) -> tuple[int, int]:
  """(height, width) of this ratio, with about side x side pixels; even unless it is square."""
  if ratio == 1:
    return side, side
  return tuple(2 * round(side * scale / 2) for scale in (ratio**-0.5, ratio**0.5))


def _inside(size, ratio):
  """The side of a square as large as the largest window of this ratio in (height, width)."""
  height, width = size
  return math.sqrt(min(width, height * ratio) * min(height, width / ratio))
