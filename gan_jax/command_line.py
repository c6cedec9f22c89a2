"""The flags of main.py."""

import argparse

from gan_jax import configs


def parse(words, description, modes):
  """(flags, [(field, text), ...]): the options below, and the --config.FIELD=VALUE ones."""
  parser = argparse.ArgumentParser(
    description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
  )
  parser.add_argument('--config', help='a file in configs/; ":test" after it for a run of seconds')
  parser.add_argument('--workdir', help='the folder of the run; by default runs/<config name and overrides>')
  parser.add_argument('--mode', default='train', choices=modes)
  parser.add_argument('--profile', type=int, default=0, help='steps to trace, into the folder of the run')
  parser.add_argument('--out', help='where to: a folder, or, of samples, a file that ends in .npz')
  parser.add_argument('--seed', type=int, default=0, help='of what is drawn: latents, masks, dropout')
  parser.add_argument('--num_samples', type=int, default=64, help='images that --mode=sample writes')

  given = parser.add_argument_group('--mode=translate')
  given.add_argument('--input', default='', help='a folder of images, or one image')
  given.add_argument('--back', action='store_true', help='from the second domain to the first')
  given.add_argument('--mask', default='', help='what is missing, light: an image, or a folder of them')
  given.add_argument('--attributes', type=listed, help='that the images are to have: hat,glasses')
  overrides, rest = configs.split(words)
  return parser.parse_args(rest), overrides


def listed(text):
  """The names in 'name,name'."""
  return [name.strip() for name in text.split(',') if name.strip()]
