"""What keeps D from learning the pictures by heart: rules by their size, number and the time there is."""

from gan_jax.data.survey import Survey
from gan_jax.gans.augmentations import auto
from gan_jax.training.own.machine import Chosen
from gan_jax.training.own.pictures import Choice

WEIGHT, MEASURED = 1.0, 64 * 64  # of R1 and R2; pixels up to which it was measured: docs/own-pictures.md
TIMES = 100  # that a picture may come: 91 did no harm to 2,008 drawings (docs/own-pictures.md)
FEW = auto.OPTIONS['few'].default  # pictures below which it is DiffAugment


def penalty(found: Survey, chosen: Chosen) -> Choice:
  """R1 and R2 of weight 1 up to 64x64 pixels, in proportion to the pixels above.

  So does the rule of StyleGAN2-ADA's code, 0.0002 * pixels / batch (NVlabs/stylegan2-ada-pytorch, train.py);
  R3GAN's weights rise faster, from 2 at 64x64 to 150 at 256x256 (brownvc/R3GAN, train.py).
  """
  config = chosen.config()
  height, width = config.data.size
  weight = WEIGHT * max(1.0, height * width / MEASURED)
  asked = [name for name in ('r1', 'r2') if chosen.asks(f'penalty.{name}')]
  if asked:
    ours = {f'penalty.{name}': weight for name in ('r1', 'r2') if name not in asked}
    told = [f'{name.upper()} of {config.penalty[name]:g} as asked' for name in asked]
    told += [f'{name[-2:].upper()} of {weight:g} by the pixels' for name in ours]
    return Choice('penalty', ours, ', '.join(told))
  why = f'R1 and R2 of {weight:g}, '
  why += (
    'as for all up to 64x64' if weight == WEIGHT else f'{weight:g} times that of 64x64, as the pixels are'
  )
  return Choice('penalty', {'penalty.r1': weight, 'penalty.r2': weight}, why)


def augmentation(found: Survey, chosen: Chosen) -> Choice:
  """None where each picture comes TIMES at most; else DiffAugment for few, ADA for more of them."""
  config, count = chosen.config(), len(found.train)
  if chosen.asks('augment.name'):
    return Choice('augmentation', {}, f'{config.augment.name}; as asked')
  times = chosen.steps * config.train.batch_size / count
  known = f'each picture comes about {times:,.0f} times'
  if times <= TIMES:
    return Choice('augmentation', {'augment.name': 'none'}, f'none, because {known}, not above {TIMES}')
  name, side = ('diffaugment', 'below') if count < FEW else ('ada', 'not below')
  why = f'{name}, because {known}, and {count:,} is {side} {FEW:,}; without it they are soon known by heart'
  return Choice('augmentation', {'augment.name': name}, why)
