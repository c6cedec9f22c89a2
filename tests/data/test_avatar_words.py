"""What is said of an avatar follows from its factors: captions, attributes, names of values."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gan_jax import errors
from gan_jax.data import avatars, words
from gan_jax.data.avatars import captions, phrase_tables


def a_known_face():
  face = avatars.sample_factors(jax.random.key(0))
  values = {
    'skin': 'tan',
    'hair_style': 'short',
    'hair_colour': 'red',
    'eye_shape': 'round',
    'eye_colour': 'blue',
    'mouth': 'smile',
    'glasses': 'round',
    'hat': 'cap',
    'outfit': 'green',
    'background': 'pink',
  }
  for name, value in values.items():
    face = avatars.with_factor(face, name, value)
  return face


@functools.cache
def spoken(held_out=False, count=400):
  """(faces, captions) of many."""
  rngs = jax.random.split(jax.random.key(1), count)
  faces = jax.vmap(avatars.sample_factors)(jax.random.split(jax.random.key(0), count))
  return faces, jax.jit(jax.vmap(functools.partial(captions.draw, held_out=held_out)))(faces, rngs)


def told(allowed):
  """{factor: values} of a caption's `allowed`, as `read` gives it."""
  rows = zip(avatars.FACTORS.items(), np.asarray(allowed), strict=True)
  kept = {name: tuple(np.array(values)[row[: len(values)]]) for (name, values), row in rows}
  return {name: values for name, values in kept.items() if values != avatars.FACTORS[name]}


@pytest.mark.parametrize('held_out', [False, True])
def test_captions_are_plain_english_that_is_true_and_can_be_read_back(held_out):
  faces, said = spoken(held_out)
  texts = [words.decode(tokens) for tokens in said.tokens]
  assert len(set(texts)) > 0.95 * len(texts)
  assert jax.vmap(captions.is_true)(said, faces).all()
  for text, allowed in zip(texts, said.allowed, strict=True):
    assert re.fullmatch(r'[a-z]+([,:?]? [a-z]+)*', text), text
    assert avatars.read(text) == told(allowed)
    assert 'hair_colour' in avatars.read(text)


def test_phrasings_that_are_held_out_are_other_ones():
  openings = lambda held_out: {words.decode(tokens).split()[0] for tokens in spoken(held_out)[1].tokens}
  assert openings(True) == {'who', 'picture', 'there'}
  assert not openings(True) & openings(False)


def test_no_caption_is_cut_off():
  table = phrase_tables.tables()
  rows = zip(table.first, table.ways, table.faces, strict=True)
  longest = [max(table.lengths[k : k + w * n]) for k, w, n in rows]
  listed = len(max(phrase_tables.SEPARATORS, key=len)) * (table.lists > 0)
  assert (np.array(longest)[table.kinds] + listed).sum(1).max() <= captions.LENGTH


def test_what_a_person_types_is_read():
  hair = ('short', 'curly', 'long', 'pigtails', 'mohawk')
  assert avatars.read('A face with red hair and glasses') == {
    'hair_style': hair, 'hair_colour': ('red',), 'glasses': ('round', 'square')
  }  # fmt: skip
  assert avatars.read('happy, with a green cap, no glasses') == {
    'mouth': ('smile',), 'outfit': ('green',), 'hat': ('cap',), 'glasses': ('none',)
  }  # fmt: skip
  assert avatars.read('the sea') == {}


def test_lists_have_commas_and_one_and():
  lists = jnp.array([0, 1, 1, 1, 0, 2, 2])
  separators = lambda *present: [
    phrase_tables.SEPARATORS[row] for row in captions.separators(lists, jnp.array(present) > 0)
  ]
  assert separators(1, 1, 1, 1, 1, 1, 1) == ['', '', ', ', ' and ', '', '', ' and ']
  assert separators(1, 0, 1, 1, 1, 1, 0) == ['', '', '', ' and ', '', '', '']


def test_attributes_are_those_of_the_factors():
  has = dict(zip(avatars.ATTRIBUTES, avatars.attributes(a_known_face()), strict=True))
  assert {name for name, value in has.items() if value} == {
    'red_hair',
    'short_hair',
    'smile',
    'glasses',
    'hat',
  }
  assert set(map(float, has.values())) == {0.0, 1.0}


def test_with_factor_changes_one_and_refuses_what_does_not_exist():
  face = a_known_face()
  changed = avatars.with_factor(face, 'mouth', 'frown')
  assert {name for name in face if face[name] != changed[name]} == {'mouth'}
  assert changed['mouth'].dtype == jnp.int32
  with pytest.raises(errors.UserError, match="did you mean 'mouth'"):
    avatars.with_factor(face, 'mouht', 'smile')
  with pytest.raises(errors.UserError, match="did you mean 'smile'"):
    avatars.with_factor(face, 'mouth', 'smiel')
