"""What is said of an avatar follows from its factors: captions, attributes, names of values."""

import jax
import jax.numpy as jnp
import pytest

from gan_jax import errors
from gan_jax.data import avatars


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


def test_captions_are_plain_english():
  face = a_known_face()
  assert avatars.caption(face) == 'a smiling person with short red hair, round glasses and a green cap'
  assert avatars.caption(face, 1) == (
    'a smiling person with tan skin, round blue eyes and short red hair, '
    'wearing a green shirt, round glasses and a green cap, on a pink background'
  )
  bare = avatars.with_factor(avatars.with_factor(face, 'glasses', 'none'), 'hat', 'none')
  assert avatars.caption(bare) == 'a smiling person with short red hair'
  bald = avatars.with_factor(bare, 'hair_style', 'bald')
  assert avatars.caption(bald) == 'a smiling person with a bald head and red eyebrows'


def test_captions_have_several_phrasings_and_come_round():
  face = a_known_face()
  assert len({avatars.caption(face, index) for index in range(5)}) == 5
  assert avatars.caption(face, 7) == avatars.caption(face, 2)


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
