"""Games that others have written fit the contract: trained, resumed, sampled and drawn by their names.

Each is a file in games/, as it would lie in a user's own project; nothing of gan_jax knows them. Beside them
are the conditional games of this package, which are asked for what the data of such a project have.
"""

import json
import shutil

import jax
import numpy as np
import pytest
from conftest import ROOT

import gan_jax
from gan_jax import command_line, configs, errors
from gan_jax.runs.checkpoints import Checkpoints
from gan_jax.runs.folder import Run
from gan_jax.training import setup

SMALL = {
  'data.name': 'games.shapes', 'data.size': (8, 8), 'data.channels': 3, 'latents.dim': 4,
  'generator.name': 'mlp', 'generator.widths': (8,), 'discriminator.name': 'mlp', 'train.batch_size': 4,
  'train.num_steps': 4, 'checkpoint.every': 2, 'loss': 'non_saturating',
}  # fmt: skip
CONDITIONAL = {'gan.name': 'conditional'}
GAMES = {
  'conditional GAN by class': {**CONDITIONAL, 'condition.name': 'concat', 'condition.on': ('label',)},
  'AC-GAN': {**CONDITIONAL, 'condition.name': 'auxiliary', 'condition.d_weight': 0.5},
  'projection D': {**CONDITIONAL, 'condition.name': 'projection', 'condition.generator': 'modulation'},
  'multi-label': {**CONDITIONAL, 'condition.name': 'concat', 'condition.on': ('attributes',)},
  'ADA-like state': {'augment.name': 'games.ada', 'augment.target': 0.0},
  'LeCam-like state': {'penalty.modules': 'games.lecam', 'penalty.lecam': 0.3, 'penalty.lecam_decay': 0.5},
  'consistency': {'gan.name': 'games.consistency'},
  'path length': {'gan.name': 'games.path_length'},
  'sound': {'gan.name': 'games.sequences', 'data.name': 'games.sound'},
  'text': {
    'gan.name': 'games.sequences',
    'data.name': 'games.text',
    'gan.output': 'text',
    'gan.softmax': True,
  },
  'video': {
    'gan.name': 'games.sequences',
    'data.name': 'games.video',
    'gan.output': 'video',
    'data.flip': True,
  },
  'words and a place': {'gan.name': 'games.placed'},
}
ASKED = {
  'conditional GAN by class': {'label': 2}, 'AC-GAN': {'label': [0, 1, 2]}, 'projection D': {'label': 0},
  'multi-label': {'attributes': (0.2, 0.9)},
  'words and a place': {'caption': (0, 1, 4, 6), 'box': (0.1, 0.1, 0.3, 0.3)},
}  # fmt: skip
STATE = {
  'ADA-like state': ('d_state', 'augmentation'),
  'LeCam-like state': ('d_state', 'lecam'),
  'path length': ('path', 'length'),
}
OUTPUT = {'sound': (32, 1), 'text': (6, 4), 'video': (4, 8, 8, 3)}

by_game = pytest.mark.parametrize('name', GAMES)


def state_of(folder):
  experiment, run = setup.stored(Run(folder)), Run(folder)
  with Checkpoints(run.checkpoints) as saved:
    return jax.device_get(experiment.restore(saved))


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """name -> the folder of its run of four steps, trained once."""
  folders = {}

  def train(name):
    if name not in folders:
      folder = tmp_path_factory.mktemp('game') / 'run'
      config = configs.get('dcgan_digits:test', {**SMALL, **GAMES[name]}, notice=lambda _: None)
      gan_jax.train(config, folder, notice=lambda _: None)
      folders[name] = folder
    return folders[name]

  return train


@pytest.mark.long
@by_game
def test_it_trains_and_is_drawn(name, trained):
  folder = trained(name)
  rows = Run(folder).rows()
  assert [row['step'] for row in rows] == [1, 2, 3, 4]
  assert all(np.isfinite(value) for row in rows for value in row.values())
  assert {'d/loss', 'd/real_logit', 'd/fake_logit', 'g/loss'} <= set(rows[0])
  for file in ('samples/step_000004.png', 'samples/training.gif', 'figures/losses.png', 'figures/real.png'):
    assert (folder / file).stat().st_size > 0
  assert json.loads((folder / 'config.json').read_text())['config']['gan']['name'] == GAMES[name].get(
    'gan.name', 'latent'
  )


@pytest.mark.long
@by_game
def test_it_resumes_bit_for_bit(name, trained, tmp_path):
  """Killed after step 2 and started again it is where the run that was not killed is."""
  whole = trained(name)
  shutil.copytree(whole, tmp_path / 'run')
  shutil.rmtree(tmp_path / 'run/checkpoints/4')
  shutil.rmtree(tmp_path / 'run/figures')
  config = configs.get('dcgan_digits:test', {**SMALL, **GAMES[name]}, notice=lambda _: None)
  gan_jax.train(config, tmp_path / 'run', notice=lambda _: None)
  jax.tree.map(np.testing.assert_array_equal, state_of(tmp_path / 'run'), state_of(whole))


@pytest.mark.long
@by_game
def test_it_is_sampled_from_python_and_as_files(name, trained, tmp_path):
  folder = trained(name)
  gan = gan_jax.load(folder)
  images = gan(count=3, **ASKED.get(name, {}))
  assert images.shape == (3, *OUTPUT.get(name, (8, 8, 3)))
  assert np.isfinite(images).all()
  np.testing.assert_allclose(
    gan.generate(gan.draw(5, seed=1))[:3], gan.generate(gan.draw(3, seed=1)), atol=1e-6
  )
  assert (
    command_line.main([f'--workdir={folder}', '--mode=sample', '--num_samples=3', f'--out={tmp_path}/x.npz'])
    == 0
  )
  array, *_ = np.load(tmp_path / 'x.npz', allow_pickle=False).values()
  assert array.shape == images.shape


@pytest.mark.long
@pytest.mark.parametrize('name', STATE)
def test_its_state_changes_and_is_saved(name, trained):
  group, collection = STATE[name]
  before = setup.stored(Run(trained(name))).init_state().variables[group][collection]
  after = state_of(trained(name)).variables[group][collection]
  assert not any(np.array_equal(after[key], before[key]) for key in before)


@pytest.mark.long
@pytest.mark.parametrize('name', [name for name in ASKED if 'label' in ASKED[name]])
def test_what_is_asked_for_decides(name, trained):
  """Other labels with the same latents give other images, the same ones the same."""
  gan = gan_jax.load(trained(name))
  latents = gan.latents(3)
  same, other = gan(latents, label=[0, 1, 2]), gan(latents, label=[0, 2, 1])
  np.testing.assert_array_equal(same[0], other[0])
  assert not np.allclose(same[1:], other[1:])


@pytest.mark.long
@pytest.mark.parametrize(
  ('name', 'asked', 'said'),
  [
    ('AC-GAN', {'label': 3}, 'label=3: must be in 0 to 2'),
    ('AC-GAN', {'label': 0.5}, 'label=0.5: not int32'),
    ('AC-GAN', {'label': [0, 1]}, r'label has the shape \[2\], not \[3\] or \[\]'),
    ('AC-GAN', {'lable': 1}, "did you mean 'label'"),
    ('multi-label', {'attributes': (0.5, 1.5)}, 'must be in 0 to 1'),
    ('multi-label', {'attributes': (0.5, np.nan)}, 'not float32'),
    ('words and a place', {'box': (0.1, 0.2)}, r'box has the shape \[2\], not \[3, 4\] or \[4\]'),
    ('words and a place', {'caption': (0, 1, 2, 8)}, 'must be in 0 to 7'),
  ],
)
def test_what_cannot_be_asked_for_is_told_in_one_line(name, asked, said, trained):
  with pytest.raises(errors.UserError, match=said) as error:
    gan_jax.load(trained(name))(count=3, **asked)
  assert '\n' not in str(error.value)


@pytest.mark.long
@pytest.mark.parametrize(
  'name', ['pix2pix', 'cyclegan', 'stargan', 'inpainting', 'super_resolution', 'dcgan_digits']
)
def test_augmentations_and_penalties_combine_with_any_game(name):
  """By their names in the config alone; each discriminator has a state of its own."""
  fields = {
    'augment.name': 'games.ada', 'penalty.modules': 'games.lecam', 'penalty.lecam': 1.0, 'penalty.r1': 1.0,
  }  # fmt: skip
  config = configs.get(ROOT / f'configs/{name}.py:test', fields, notice=lambda _: None)
  dataset = gan_jax.data.make(config)
  experiment = setup.make(config, dataset.spec())
  state = jax.eval_shape(experiment.init, 0)
  after, metrics = jax.eval_shape(experiment.train_step(), state, dataset)
  assert jax.tree.structure(after) == jax.tree.structure(state)
  groups = [group for group in state.variables if group.startswith('d_state')]
  assert len(groups) == (2 if name == 'cyclegan' else 1)
  assert all(set(state.variables[group]) == {'augmentation', 'lecam'} for group in groups)
  assert any(metric.startswith('d/lecam') for metric in metrics)
