"""The choice of an augmentation: by the number of training images, alike whenever the run is made again."""

import jax
import numpy as np
import pytest

from gan_jax import configs, data, errors
from gan_jax.data.spec import Spec
from gan_jax.gans import augmentations
from gan_jax.runs.folder import Run
from gan_jax.training import setup


def of(size, shape=(8, 8, 3), **fields):
  """The name of what is chosen for so many images."""
  fields = {'augment.name': 'auto', **{f'augment.{name}': value for name, value in fields.items()}}
  config = configs.get('dcgan_digits', fields, notice=lambda _: None)
  spec = Spec({'image': jax.ShapeDtypeStruct((4, *shape), np.float32)}, size=size)
  return augmentations.chosen(config, spec).augment.name


def test_the_number_of_images_decides():
  found = {size: of(size) for size in (100, 4_999, 5_000, 50_000, 50_001)}
  assert found == {100: 'diffaugment', 4_999: 'diffaugment', 5_000: 'ada', 50_000: 'ada', 50_001: 'none'}
  assert of(100, few=50, many=90) == 'none'
  assert of(100, shape=(2,)) == 'none'  # points


def test_another_is_no_choice():
  config = configs.get('dcgan_digits', {'augment.name': 'ada'}, notice=lambda _: None)
  spec = Spec({}, size=10)
  assert augmentations.chosen(config, spec) is config
  assert augmentations.told(config, spec) == ''


def test_a_run_says_what_it_is_and_keeps_it(tiny, tmp_path):
  """Of 1,797 digits: ADA, with its state, in training, and when it is loaded without the data."""
  config = tiny('augment.name=auto', 'augment.few=1000')
  dataset, run = data.make(config), Run(tmp_path / 'run')
  made = setup.make(config, dataset.spec())
  run.open(config, made.spec, notice=lambda _: None)
  assert (
    augmentations.told(config, made.spec) == f'augment.name=auto: ada, for {dataset.size:,} training images'
  )
  again = setup.stored(run)
  assert augmentations.told(again.config, again.spec) == augmentations.told(config, made.spec)
  for one in (made, again):
    state = jax.eval_shape(one.init, 0)
    assert set(state.variables['d_state']['augmentation']) == {'p', 'signs', 'updates'}


def test_by_itself_it_is_nothing():
  config = configs.get('dcgan_digits', {'augment.name': 'auto'}, notice=lambda _: None)
  with pytest.raises(errors.UserError, match=r'augment\.name=auto is chosen by the data'):
    augmentations.of(config)
