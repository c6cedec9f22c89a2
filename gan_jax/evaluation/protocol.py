"""What a score was measured by: two scores may be compared only where all of it is the same."""

from collections.abc import Mapping
from typing import Any

from gan_jax.runs.environment import environment

VERSION = 1  # raise it when the same images would get other scores
ABOUT = {  # what each part of a protocol says
  'measure': 'what is measured, with its constants',
  'network': 'whose features are compared',
  'weights': 'the beginning of the SHA-256 of its weights',
  'readers': 'the same of the judges of what was asked, by kind',
  'resize': 'what it does with the size of images',
  'data': 'the real images, by a name',
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
NAMES = ('data', 'split')  # and these, where the hash says that the real images are the same
MADE = ('averaged', 'batch_norm', 'truncation')  # of images that a run has made, and not known of others


def make(**parts: Any) -> dict[str, Any]:
  """{part: value}, with the code's version."""
  return {**parts, 'version': VERSION, 'code': environment().get('git', '')}


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
  """['count: 2000 and 10000', ...]: the parts for which two scores may not be compared."""
  same = first.get('reference_hash') == second.get('reference_hash')
  free = {*FREE, *(NAMES if same else ()), *(name for name in MADE if not (name in first and name in second))}
  return [
    f'{name}: {first.get(name)} and {second.get(name)}'
    for name in {**first, **second}
    if name not in free and first.get(name) != second.get(name)
  ]
