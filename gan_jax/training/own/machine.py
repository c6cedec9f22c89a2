"""What the machine decides, after the pictures: the size, the networks, how many steps."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import jax
from ml_collections import ConfigDict

from gan_jax import configs
from gan_jax.configs.overrides import Override
from gan_jax.data.survey import Survey
from gan_jax.devices import memory
from gan_jax.runs import waiting
from gan_jax.training.own import estimate, pictures
from gan_jax.training.own.pictures import Choice

SECONDS = 480  # of steps; reading, compiling and the last pictures take the rest of ten minutes
FEWEST, MOST = 300, 20_000  # steps
NARROW = 16  # a discriminator.width below it teaches blobs: docs/own-pictures.md
REACHED = 0.4  # the share of a matrix product's rate that training reaches
# (side, generator.width, discriminator.width, steps by which things are to be recognised), the best first
NETWORKS = (
  (128, 512, 64, 4_000),
  (64, 256, 64, 3_000),
  (64, 256, 32, 1_500),
  (32, 128, 64, 1_200),
  (32, 128, 32, 0),
)


@dataclasses.dataclass
class Chosen:
  """What has been chosen, and what the user has asked for besides, which goes before it."""

  fields: dict[str, Any]  # {'section.field': value}
  asked: tuple[Override, ...] = ()
  steps: int = 0  # of the training: as was asked, or as an estimate says until they are chosen

  def config(self, notice: Callable = lambda _: None, **more: Any) -> ConfigDict:
    """The experiment with the fields, `more` in their place, and what was asked for."""
    return configs.change(configs.get('folder', {**self.fields, **more}, notice), self.asked, notice)

  def asks(self, field: str) -> bool:
    """Whether the user has said what a field is to be."""
    return field in dict(self.asked)


def batch(found: Survey, chosen: Chosen) -> Choice:
  """Small batches, which are many steps; larger ones where a step waits for its launch."""
  small, devices = (32 if jax.default_backend() == 'cpu' else 64), jax.device_count()
  size = -(-small // devices) * devices
  return Choice('batch', {'train.batch_size': size}, f'{size} pictures in a step')


def size(found: Survey, chosen: Chosen) -> Choice:
  """The first of NETWORKS, of those not larger than the pictures, that makes its steps in SECONDS here."""
  native, (ratio, cut) = pictures.native(found), pictures.proportions(found)
  asked = chosen.config().data.size if chosen.asks('data.size') else None
  fitting = [one for one in NETWORKS if one[0] <= 1.6 * native] or NETWORKS[-1:]
  with waiting.waiting('measuring how fast this machine is'):
    speed = REACHED * estimate.rate()
    for side, wide, narrow, enough in fitting:
      tried = layers(asked or pictures.size(min(side, native), ratio), wide, narrow)
      seconds = estimate.operations(chosen.config(**tried)) / speed
      if SECONDS / seconds >= enough:
        break
  chosen.steps = chosen.config().train.num_steps if chosen.asks('train.num_steps') else within(seconds)
  why = '{}x{} (height x width); {}'.format(*tried['data.size'], 'as asked' if asked else cut)
  if side != fitting[0][0] and not asked:
    larger = '{}x{}'.format(*pictures.size(min(fitting[0][0], native), ratio))
    why += f'; {larger} would learn too little in {SECONDS // 60} minutes here'
  return Choice('size', tried, why)


def networks(found: Survey, chosen: Chosen) -> Choice:
  """What came with the size: wide enough to learn from, and no wider than there is time for."""
  config, words = chosen.config(), []
  for role, way in (('generator', -1), ('discriminator', 1)):
    section = config[role]
    if section.name != 'dcgan':
      words.append(f'{role}: {section.name}')
      continue
    widths = [section.width >> k if way < 0 else section.width << k for k in range(len(section.strides))]
    words.append(f'{role} of {"-".join(map(str, widths))} channels')
  return Choice('networks', {}, f'{", ".join(words)}, for {SECONDS // 60} minutes here')


def layers(size: tuple[int, int], wide: int, narrow: int) -> dict[str, Any]:
  """The fields of both networks for images of a size, which they halve to about 4 x 4."""
  count = max(1, round(math.log2(min(size) / 4)))
  generator = {'width': wide, 'strides': (2,) * count, 'norm': (True,) * count}
  discriminator = {'width': narrow, 'strides': (2,) * count, 'norm': (False,) * count}
  return {
    'data.size': tuple(size),
    **{f'generator.{field}': value for field, value in generator.items()},
    **{f'discriminator.{field}': value for field, value in discriminator.items()},
  }


def steps(found: Survey, chosen: Chosen) -> Choice:
  """As many steps as SECONDS hold, by the time of a few, with pictures and checkpoints at even times."""
  config = chosen.config()
  with waiting.waiting('timing a few steps'):
    step = estimate.measured(config)
  count = config.train.num_steps if chosen.asks('train.num_steps') else within(step.seconds)
  a_minute = max(50, round(60 / step.seconds / 50) * 50)
  fields = {'train.num_steps': count, 'sample.every': max(50, a_minute // 2), 'checkpoint.every': a_minute}
  free = f' of {memory.free() / 2**30:,.1f} GiB that are free' if memory.free() else ''
  why = (
    f'{count:,}, about {count * step.seconds / 60:.0f} min: one takes {1e3 * step.seconds:,.0f} ms and'
    f' {step.bytes / 2**20:,.0f} MiB{free}, measured;'
    f' each picture comes {count * config.train.batch_size / len(found.train):,.0f} times'
  )
  return Choice('steps', fields, why)


def within(seconds: float) -> int:
  """The steps of so many seconds each that SECONDS hold, in hundreds; FEWEST at least, MOST at most."""
  return min(max(int(SECONDS / seconds) // 100 * 100, FEWEST), MOST)


def doubts(config: ConfigDict) -> list[str]:
  """What is to be said of a config that the user has changed."""
  narrow = config.discriminator.get('width', NARROW)
  if narrow >= NARROW:
    return []
  return [f'discriminator.width={narrow} is too narrow to teach details: blobs are all that G will learn']
