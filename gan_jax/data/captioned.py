"""Captions, boxes and keypoints beside resident images: what of them a batch has, and what a run keeps."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from gan_jax import errors
from gan_jax.data import others, words
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding.annotations import Note

MOST_CAPTIONS = 8  # of an image
MOST_CHARACTERS = 512
MIXING = np.random.default_rng(0).integers(1, 2**31, MOST_CHARACTERS, np.int32)  # products go around


def arrays(notes: Sequence[Note], names: Sequence[str]) -> dict[str, np.ndarray]:
  """{'captions'? int32 [N, K, L], 'box'? [N, 4], 'keypoints'? [N, P, 3]} of what is said of N images.

  K captions each: those that have fewer have them several times. Raises UserError for one that is too long.
  """
  found: dict[str, np.ndarray] = {}
  if notes and notes[0].captions:
    several = [note.captions[:MOST_CAPTIONS] for note in notes]
    most, longest = max(map(len, several)), max(len(text) for some in several for text in some)
    if longest > MOST_CHARACTERS:
      name = next(n for n, some in zip(names, several, strict=True) if longest in map(len, some))
      raise errors.UserError(f'{name} has a caption of {longest} characters: {MOST_CHARACTERS} at most')
    length = -(-longest // 16) * 16
    found['captions'] = np.stack(
      [words.encode_all([some[k % len(some)] for k in range(most)], length) for some in several]
    )
  if notes and notes[0].box is not None:
    found['box'] = np.clip(np.array([note.box for note in notes], np.float32), 0, 1)
  if notes and notes[0].keypoints is not None:
    found['keypoints'] = np.array([note.keypoints for note in notes], np.float32)
  return found


def said(examples: Mapping[str, Any], rng: PRNGKeyArray) -> dict[str, Any]:
  """The examples with one of their captions each, another again, and the next that differs as the wrong one.

  Where an image has but one caption, it is the other, too; where all of a batch are alike, the wrong one.
  """
  captions = jnp.asarray(examples['captions'])
  count, most = captions.shape[:2]
  which = jax.random.randint(rng, (count,), 0, most)
  on = jax.random.randint(jax.random.fold_in(rng, 1), (count,), min(1, most - 1), most)
  caption, again = (captions[jnp.arange(count), of % most] for of in (which, which + on))
  told = (caption * MIXING[: caption.shape[1]]).sum(1)  # a number for each sentence
  wrong = caption[others.following(told[:, None] != told)]
  rest = {name: value for name, value in examples.items() if name != 'captions'}
  return {**rest, 'caption': caption, 'caption_again': again, 'caption_wrong': wrong}


def finish(dataset: Dataset) -> Dataset:
  """The Dataset whose batches have what its arrays say, with the facts of words. Raises UserError."""
  places = [name for name in ('box', 'keypoints') if name in dataset.arrays]
  if places and dataset.flip:
    raise errors.UserError(f'a mirrored image would belie its {places[0]}: set data.flip=False')
  if 'captions' not in dataset.arrays:
    return dataset
  return dataset.replace(chosen=said, facts=(*dataset.facts, ('vocabulary', words.CHARACTERS)))
