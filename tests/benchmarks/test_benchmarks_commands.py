"""Every command of the documents is one that the command line takes; `benchmarks.commands` runs them."""

import shlex

import pytest

from benchmarks import commands
from gan_jax import configs
from gan_jax.command_line import flags

DOCUMENTED = [command for _, command in commands.documented() if 'my_project' not in command]


def test_there_are_commands_in_each_kind_of_document():
  documents = {document.split('/')[0] for document, _ in commands.documented()}
  assert documents >= {'README.md', 'CONTRIBUTING.md', 'docs', 'configs'}
  assert len(DOCUMENTED) > 30


@pytest.mark.parametrize('command', [command for command in DOCUMENTED if 'feature_matching' not in command])
def test_a_documented_command_is_taken(command):
  given, fields = flags.parse(shlex.split(command))
  if given.config:
    asked = [path for path, text in fields if not text and '.' not in path]  # sections to be shown
    fields = [(path, text) for path, text in fields if path not in asked]
    assert set(asked) <= set(configs.load(given.config, fields, notice=lambda _: None))
  else:
    assert given.workdir or given.data or given.generated or given.runs


def test_a_command_is_cut_down_to_its_test_variant_in_the_same_folder():
  words = commands.short(['--config=configs/pix2pix.py:cpu', '--config.seed=3', '--config.train.num_steps=9'])
  assert words == ['--config=configs/pix2pix.py:test', '--workdir=runs/pix2pix_cpu,seed=3', '--config.seed=3']
  assert commands.short(['--workdir=runs/x', '--mode=figures']) == ['--workdir=runs/x', '--mode=figures']
