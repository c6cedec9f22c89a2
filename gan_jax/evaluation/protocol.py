"""What a score was measured by: two scores may be compared only where all of it is the same."""

from collections.abc import Mapping
from typing import Any

from gan_jax.runs.environment import environment

VERSION = 1  # raise it when the same images would get other scores
ABOUT = {  # what each part of a protocol says
  'measure': 'what is measured, with its constants',
  'network': 'whose features are compared',
  'weights': 'the beginning of the SHA-256 of its weights',
  'resize': 'what it does with the size of images',
  'data': 'the real images',
  'split': 'that generated ones are held against',
  'reference_count': 'how many of them',
  'reference_hash': 'the beginning of the SHA-256 of their bytes and labels',
  'count': 'generated images',
  'seed': 'of what they were drawn from',
  'averaged': 'whether the generator has averaged weights',
  'batch_norm': "'running': statistics of training; no batch decides what an image is like",
  'truncation': 'of the latents; 1: none',
  'version': 'of how scores are taken',
  'code': 'the commit of this package',
}
FREE = ('seed', 'code')  # parts that may differ between scores that are compared


def make(**parts: Any) -> dict[str, Any]:
  """{part: value}, with the code's version."""
  return {**parts, 'version': VERSION, 'code': environment().get('git', '')}


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
  """['count: 2000 and 10000', ...]: the parts in which two protocols differ, but for FREE ones."""
  names = [name for name in {**first, **second} if name not in FREE]
  return [
    f'{name}: {first.get(name)} and {second.get(name)}'
    for name in names
    if first.get(name) != second.get(name)
  ]
