"""Config files: found by name from anywhere, with variants, and with the traceback of their own mistakes."""

import pytest
from conftest import ROOT

from gan_jax import configs, errors
from gan_jax.configs import files

BROKEN = """
from gan_jax.configs import common


def get_config():
  config = common.get_config()
  {line}
  return config
"""


@pytest.fixture
def written(tmp_path):
  """What stands in get_config() -> a config file with that line."""

  def write(line):
    file = tmp_path / 'mine.py'
    file.write_text(BROKEN.format(line=line))
    return file

  return write


def refused(path):
  with pytest.raises(errors.UserError) as error:
    configs.get(path)
  assert '\n' not in str(error.value)
  return str(error.value)


@pytest.mark.parametrize('name', [file.stem for file in files.experiments()])
def test_a_name_is_its_file_from_any_folder(name, monkeypatch, tmp_path):
  wanted = {variant: configs.get(ROOT / f'configs/{name}.py{variant}') for variant in ('', ':test')}
  monkeypatch.chdir(tmp_path)
  for variant, config in wanted.items():
    assert configs.get(f'{name}{variant}').to_dict() == config.to_dict()
    assert configs.get(f'configs/{name}.py{variant}').to_dict() == config.to_dict()
  assert wanted[''].to_dict() != wanted[':test'].to_dict()


def test_a_file_of_the_same_name_comes_first(monkeypatch, written):
  file = written('config.seed = 7')
  file.rename(file.with_name('pix2pix.py'))
  monkeypatch.chdir(file.parent)
  assert configs.get('pix2pix.py').seed == 7
  assert configs.get('pix2pix').gan.name == 'pix2pix'  # the experiment: no file is called so


def test_fields_are_given_as_values_or_as_text():
  fields = {'train.num_steps': 7, 'data.size': (8, 8), 'loss': 'hinge', 'data.flip': True, 'seed': '3'}
  config = configs.get('dcgan_digits', fields)
  assert (config.train.num_steps, config.data.size, config.loss) == (7, (8, 8), 'hinge')
  assert (config.data.flip, config.seed) == (True, 3)


def test_unknown_names_and_variants(monkeypatch, tmp_path):
  monkeypatch.chdir(tmp_path)
  assert "'dcgan_digit'; did you mean 'dcgan_digits'?" in refused('dcgan_digit')
  assert 'known: acgan_cifar10, caption_encoder' in refused('zzz')
  assert 'common' not in refused('zzz')
  assert refused('dcgan_digits:quick') == "unknown config variant 'quick'; known: test"
  assert "did you mean 'test'?" in refused('dcgan_digits:tset')


@pytest.mark.parametrize(
  ('line', 'kind'),
  [
    ("dict(a=1)['b']", KeyError), ("len(3)", TypeError), ("config.train.num_steps = 1 + 'x'", TypeError),
    ("[].nothing", AttributeError), ("float('x')", ValueError),
    ("import os; os.environ['GAN_JAX_HAS_NO_SUCH']", KeyError),
  ],
)  # fmt: skip
def test_the_own_mistakes_of_a_file_keep_their_traceback(line, kind, written):
  with pytest.raises(kind) as error:
    configs.get(written(line))
  assert not isinstance(error.value, errors.UserError)
  assert any(str(entry.path).endswith('mine.py') for entry in error.traceback)


@pytest.mark.parametrize(
  ('line', 'said'),
  [
    ('config.trian = 3', 'trian'),
    ('config.train.batchsize = 3', 'batchsize'),
    ('config.update(train=dict(batchsize=3))', 'batchsize'),
    ("config['seeed'] = 1", 'seeed'),
    ('config.train.num_stepz + 1', 'num_stepz'),
    ("config.train.num_steps = 'many'", 'int'),
  ],
)
def test_fields_that_no_experiment_has_are_one_line(line, said, written):
  file = written(line)
  message = refused(file)
  assert message.startswith(f'{file}: ')
  assert said in message
