"""Samples that are asked for: by class, attribute and value, in Python and as files that are data again."""

import json

import jax
import numpy as np
import pytest

import gan_jax
from gan_jax import command_line, configs, data, errors
from gan_jax.data import law
from gan_jax.inference import rejection, sample

FIELDS = {
  'gan.name': 'conditional', 'condition.name': 'projection', 'data.name': 'games.described',
  'data.size': (8, 8), 'latents.dim': 4, 'generator.name': 'mlp', 'generator.widths': (16,),
  'discriminator.name': 'mlp', 'loss': 'non_saturating', 'train.batch_size': 4, 'train.num_steps': 2,
}  # fmt: skip


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
  """Of a run that is asked for a class, attributes and values."""
  path = tmp_path_factory.mktemp('asked') / 'run'
  gan_jax.train(configs.get('dcgan_digits:test', FIELDS, notice=lambda _: None), path, notice=lambda _: None)
  return path


@pytest.fixture(scope='module')
def gan(folder):
  return gan_jax.load(folder)


def main(folder, *words):
  return command_line.main([f'--workdir={folder}', '--mode=sample', *words])


def test_names_mean_what_the_arrays_have(gan):
  plain = gan.draw(3, seed=1)
  drawn = gan.draw(3, seed=1, label='left line', bright=0.25, size=[2, 3.5, 5])
  np.testing.assert_array_equal(drawn['fake_label'], [1, 1, 1])
  np.testing.assert_array_equal(drawn['fake_attributes'][:, 0], [0.25] * 3)
  np.testing.assert_array_equal(drawn['fake_values'][:, 1], [-1, 0, 1])
  for name, k in (('fake_attributes', 1), ('fake_values', 0)):
    np.testing.assert_array_equal(drawn[name][:, k], plain[name][:, k])
  np.testing.assert_array_equal(drawn['latents'], plain['latents'])
  assert gan(count=2, label=['box', 2], across=50).shape == (2, 8, 8, 1)
  assert gan(size=[2.0, 3.0, 4.0]).shape == (3, 8, 8, 1)


def test_what_is_kept_is_as_much_of_each_thing_as_is_asked_for(gan):
  sampler = gan.asking(bright=[0, 1], label=[0, 0, 1])
  bright = rejection.Kept(sampler, lambda drawn, made: drawn['fake_attributes'][:, 0], 0.5)
  drawn, wanted = bright.draw(60), sampler.draw(60)
  np.testing.assert_array_equal(drawn['fake_attributes'][:, 0], wanted['fake_attributes'][:, 0])
  np.testing.assert_array_equal(drawn['fake_label'], wanted['fake_label'])
  first = rejection.Kept(sampler, lambda drawn, made: drawn['latents'][:, 0], 0.5).draw(60)
  assert first['latents'][:, 0].mean() > wanted['latents'][:, 0].mean() + 0.3


@pytest.mark.parametrize(
  ('asked', 'said'),
  [
    ({'size': [1, [2, 3]]}, 'its values are not all of one shape'),
    ({'labels': 'balanced', 'label': 1}, '--labels=balanced asks for all classes, and --label for some'),
  ],
)
def test_what_cannot_be_asked_for_is_one_line(gan, asked, said):
  with pytest.raises(errors.UserError, match=said):
    gan.asking(**sample.of_all_classes(asked, gan.spec))


def test_what_is_not_asked_for_agrees_with_what_is(gan):
  rows = law.decode(gan.spec.law)
  whole = lambda label, flags, values: np.concatenate([label[:, None], flags, values], 1)
  there = whole(*(rows[kind] for kind in law.CONDITIONS))
  drawn = gan.draw(40, label=[1, 2] * 20, bright=1, framed=[0] * 40)
  found = whole(*(drawn[f'fake_{kind}'] for kind in law.CONDITIONS))
  assert {tuple(row) for row in found} <= {tuple(row) for row in there}
  np.testing.assert_array_equal(drawn['fake_label'], [1, 2] * 20)
  assert drawn['fake_attributes'].tolist() == [[1, 0]] * 40
  assert len(np.unique(drawn['fake_values'], axis=0)) > 10


@pytest.mark.long
def test_a_gradient_by_a_value_goes_through_its_name(gan):
  slope = jax.grad(lambda age: gan(count=2, label=0, size=age).sum())(3.0)
  assert np.isfinite(slope)
  assert slope != 0


@pytest.mark.parametrize(
  ('asked', 'said'),
  [
    ({'label': 3}, 'label=3: must be in 0 to 2'),
    ({'label': 'bxo'}, "unknown label 'bxo'; did you mean 'box'"),
    ({'brigth': 1}, "unknown value to ask for 'brigth'; did you mean 'bright'"),
    ({'bright': 1.5}, 'bright=1.5: must be in 0.0 to 1.0'),
    ({'size': 7}, 'size=7: must be in 2.0 to 5.0'),
    ({'size': [3, 4]}, 'size has the shape [2], not [3] or []'),
    ({'attributes': (1, 0, 1)}, 'attributes has the shape [3], not [3, 2] or [2]'),
    ({'size': 'large'}, "size='large': not float32"),
  ],
)
def test_what_does_not_fit_is_told_in_one_line(gan, asked, said):
  for ask in (lambda: gan(count=3, **asked), lambda: gan.draw(3, **asked)):
    with pytest.raises(errors.UserError) as error:
      ask()
    assert said in str(error.value)


def test_values_come_in_turn(gan):
  asking = gan.asking(label=[0, 'dots'], across=10)
  np.testing.assert_array_equal(asking.draw(5)['fake_label'], [0, 2, 0, 2, 0])
  parts = [asking.draw(128, start=start) for start in (0, 128)]
  whole = asking.draw(256)
  for name, values in whole.items():
    np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), values)


def test_files_are_data_again_with_what_they_were_asked_for(folder, tmp_path, capsys):
  assert main(folder, '--labels=balanced', '--num_samples=12', f'--out={tmp_path}/out') == 0
  table = {'attribute_table': 'conditions.csv', 'values': ('across', 'size')}
  read = data.load('folder', 4, path=f'{tmp_path}/out', data_dir=f'{tmp_path}', size=(8, 8), **table)
  assert sorted(read.label_names) == ['box', 'dots', 'left line']
  assert list(np.bincount(read.arrays['label'])) == [4, 4, 4]
  assert read.arrays['values'].shape == (12, 2)
  drawn = gan_jax.load(folder).asking(label=[0, 1, 2]).draw(12)
  files = sorted((tmp_path / 'out').glob('*/*.png'))
  numbers = [int(file.stem) for file in files]
  named = [('box', 'left line', 'dots')[drawn['fake_label'][k]] for k in numbers]
  assert [file.parent.name for file in files] == named
  np.testing.assert_array_equal(read.arrays['attributes'], drawn['fake_attributes'][numbers])
  manifest = json.loads((tmp_path / 'out/manifest.json').read_text())
  assert manifest['step'] == 2
  assert manifest['asked'] == {'labels': 'balanced'}
  assert main(folder, '--label=dots', '--num_samples=2', f'--out={tmp_path}/out') == 0
  assert 'removed the 12 samples' in capsys.readouterr().out
  assert len(list((tmp_path / 'out').glob('*/*.png'))) == 2


def test_an_array_has_its_conditions_beside_it(folder, tmp_path):
  words = ['--label=0,dots', '--condition={"size": 4, "bright": 1}', '--num_samples=4']
  assert main(folder, *words, f'--out={tmp_path}/x.npz') == 0
  with np.load(tmp_path / 'x.npz') as found:
    assert list(found['label']) == [0, 2, 0, 2]
    np.testing.assert_allclose(found['values'][:, 1], 1 / 3, rtol=1e-6)
    assert found['images'].shape == (4, 8, 8, 1)
  assert (tmp_path / 'x.json').exists()


@pytest.mark.long
@pytest.mark.parametrize('by', ['judge', 'discriminator'])
def test_the_surest_are_kept_of_each_class(by, folder, tmp_path):
  words = ['--labels=balanced', '--num_samples=30', f'--reject={by}']
  main(folder, *words, '--keep=0.4', f'--out={tmp_path}/kept')
  main(folder, *words, f'--out={tmp_path}/all')
  assert [len(list(path.glob('*.png'))) for path in sorted((tmp_path / 'kept').glob('*/'))] == [10, 10, 10]
  read = lambda name: {file.read_bytes() for file in (tmp_path / name).glob('*/*.png')}
  assert read('kept') != read('all')


@pytest.mark.parametrize(
  ('words', 'said'),
  [
    (['--labels=even'], '--labels=even: balanced, or leave it out'),
    (['--condition={smile: 1}'], 'is no JSON object'),
    (['--keep=0'], '--keep=0: the share of the samples'),
    (['--keep=0.5', '--reject=me'], "unknown --reject 'me'"),
    (['--label=4'], 'label=[4]: must be in 0 to 2'),
    (['--condition={"sise": 1}'], "did you mean 'size'"),
  ],
)
def test_flags_that_do_not_fit_are_told_in_one_line(folder, words, said, tmp_path):
  with pytest.raises(errors.UserError) as error:
    main(folder, *words, f'--out={tmp_path}/out')
  assert said in str(error.value)


def test_runs_without_classes_have_no_judge(trained, tmp_path):
  with pytest.raises(errors.UserError, match='--reject=judge needs a run that is asked for classes'):
    main(trained, '--keep=0.5', '--reject=judge', f'--out={tmp_path}/out')
  assert main(trained, '--keep=0.5', '--num_samples=5', f'--out={tmp_path}/out') == 0
  assert len(list((tmp_path / 'out').glob('*.png'))) == 5
