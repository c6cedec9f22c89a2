"""Views by name: those of this package, those of a user's own, and what they call what was made."""

import importlib
import sys
import types

import jax.numpy as jnp
import pytest

from gan_jax import errors, views
from gan_jax.gans.contract import GAN, Presentation
from gan_jax.views import images, keypoints, points


def gan(**fields):
  """A GAN with a presentation, which is all of it that views look at here."""
  unused = lambda *_: None
  return GAN(unused, unused, unused, None, None, unused, Presentation(**fields))


def test_views_are_found_by_their_names():
  assert views.of(gan()) is images
  assert views.of(gan(view='points')) is points


@pytest.mark.parametrize(
  ('name', 'message'),
  [
    (
      'image',
      r"unknown name in views 'image'; did you mean 'images'\? \(known: images, keypoints, points\)$",
    ),
    ('grids', 'known: images, keypoints, points'),  # a module, but no view
    ('no.such.view', r'no\.such\.view cannot be imported'),
  ],
)
def test_unknown_views_are_named(name, message):
  with pytest.raises(errors.UserError, match=message) as error:
    views.of(gan(view=name))
  assert '\n' not in str(error.value)


def test_a_view_of_ones_own_is_a_dotted_path(tmp_path, monkeypatch):
  (tmp_path / 'own_views').mkdir()
  names = [name for name in vars(views.View) if not name.startswith('_')]
  (tmp_path / 'own_views' / 'sound.py').write_text(''.join(f'{name} = len\n' for name in names))
  (tmp_path / 'own_views' / 'half.py').write_text('snapshot = draw = len\n')
  (tmp_path / 'own_views' / 'silence.py').write_text('')
  monkeypatch.syspath_prepend(tmp_path)
  for module in ('own_views', 'own_views.sound', 'own_views.half', 'own_views.silence'):
    monkeypatch.delitem(sys.modules, module, raising=False)
  assert views.of(gan(view='own_views.sound')) is importlib.import_module('own_views.sound')
  with pytest.raises(
    errors.UserError, match=r'own_views\.silence has no snapshot: .*silence\.py must define'
  ):
    views.of(gan(view='own_views.silence'))
  with pytest.raises(errors.UserError, match=r'the view own_views\.half has no '):
    views.of(gan(view='own_views.half'))


@pytest.mark.parametrize('view', [images, keypoints, points])
def test_a_view_has_all_that_a_view_has(view):
  wanted = [name for name, value in vars(views.View).items() if callable(value) and not name.startswith('_')]
  assert len(wanted) >= 7
  assert all(callable(getattr(view, name)) for name in wanted)


def test_what_is_made_of_noise_is_called_generated():
  made, other = jnp.zeros((1, 2, 2, 1)), jnp.ones((1, 2, 2, 1))
  fakes = {'image': made, 'face': other}
  experiment = lambda **fields: types.SimpleNamespace(gan=gan(**fields))
  assert images.shown(experiment(), {}, fakes) == {'generated': made}
  assert images.shown(experiment(output='face'), {}, fakes) == {'generated': other}
  show = lambda batch, fakes: {'made': fakes['face']}
  assert images.shown(experiment(show=show), {}, fakes) == {'made': other}
