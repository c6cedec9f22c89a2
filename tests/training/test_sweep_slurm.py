"""A sweep on SLURM, by a stub of it: the array's script brings back what is killed, and tasks go on."""

import os
import shlex
import stat
import subprocess

import pytest
from conftest import ROOT, SMALL

from gan_jax import errors
from gan_jax.training.sweep import array, plan, search, slurm, whole
from gan_jax.training.sweep.folder import Folder
from gan_jax.training.sweep.question import Sweep

RING = f'{ROOT}/configs/toy_ring.py:test'
# Runs each task of an array in turn; one that is killed, or asks scontrol for it, is run again. What is
# wrapped runs at the end.
SBATCH = """#!/bin/bash
echo "$@" >> calls.txt
for word in "$@"; do
  case "$word" in --wrap=*) bash -c "${word#--wrap=}"; exit ;; esac
done
script="${@: -1}"
last=$(sed -n 's/^#SBATCH --array=0-//p' "$script")
export SLURM_ARRAY_JOB_ID=7
for task in $(seq 0 "$last"); do
  while true; do
    rm -f requeued
    SLURM_ARRAY_TASK_ID=$task bash "$script" >&2
    status=$?
    [ -e requeued ] || [ "$status" -gt 130 ] || break
  done
done
echo "7;cluster"
"""
SCONTROL = """#!/bin/bash
if [ "$1" = show ]; then
  echo 'MaxArraySize            = 1001'
  exit
fi
echo "$@" >> requeues.txt
touch requeued
"""
# In the place of main.py: of three tasks the first is killed once, the second saves once on a signal.
PROGRAM = """
import os, pathlib, signal, sys, time
task = sys.argv[-1].rpartition('=')[2]
tries = pathlib.Path(f'tries_{task}.txt')
tries.write_text(tries.read_text() + 'x' if tries.exists() else 'x')
first = tries.read_text() == 'x'
if first and task == '0':
  os.kill(os.getpid(), signal.SIGKILL)
if first and task == '1':
  signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
  os.kill(os.getppid(), signal.SIGUSR1)
  time.sleep(30)
"""


@pytest.fixture
def asked(tmp_path):
  """A sweep of three seeds that has no trial yet."""
  sweep = Sweep()
  sweep.seeds(3)
  sweep.score('energy_distance')
  planner = plan.Planner(RING, SMALL)
  return whole.Asked(sweep, planner, Folder(tmp_path / 'sweep', sweep.score_name), plan.make(planner, sweep))


@pytest.fixture
def cluster(tmp_path, monkeypatch):
  """A folder with a stub of SLURM on the path, and a program that is killed a third of the times."""
  for name, text in (('sbatch', SBATCH), ('scontrol', SCONTROL)):
    file = tmp_path / 'bin' / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
  (tmp_path / 'program.py').write_text(PROGRAM)
  monkeypatch.setenv('PATH', f'{tmp_path / "bin"}:{os.environ["PATH"]}')
  monkeypatch.chdir(tmp_path)
  return tmp_path


def test_the_script_is_short_and_bash(asked):
  text = array.script(
    asked.folder.path, asked.folder.path / 'names.txt', 3, '--partition=gpu --time=4:00:00', 'python main.py'
  )
  assert len(text.splitlines()) <= 44
  assert '#SBATCH --array=0-2' in text
  assert '#SBATCH --partition=gpu\n#SBATCH --time=4:00:00\n' in text
  assert subprocess.run(['bash', '-n'], input=text, text=True).returncode == 0


def test_spaces_in_folders_and_options_are_quoted(tmp_path):
  text = array.script(
    tmp_path / 'my sweeps', tmp_path / 'my names.txt', 3, '--comment="one of three"', 'python main.py'
  )
  options = [shlex.split(line)[1:] for line in text.splitlines() if line.startswith('#SBATCH')]
  assert [f'--output={tmp_path}/my sweeps/slurm/%A_%a.txt'] in options
  assert ['--comment=one of three'] in options


def test_what_is_killed_or_told_to_stop_is_run_again(asked, cluster):
  told = []
  words = ['program.py', '--mode=sweep', '--slurm=--time=1:00', '--config=toy ring']
  slurm.submit(asked, '--time=1:00', words, told.append)
  tries = {file.stem: file.read_text() for file in cluster.glob('tries_*.txt')}
  assert tries == {'tries_0': 'xx', 'tries_1': 'xx', 'tries_2': 'x', 'tries_results': 'x'}
  assert (cluster / 'requeues.txt').read_text() == 'requeue 7_1\n'
  calls = (cluster / 'calls.txt').read_text().splitlines()
  assert calls[1].startswith('--dependency=afterany:7 ')
  assert "--mode=sweep '--config=toy ring' --task=results" in calls[1]
  names = (asked.folder.path / 'slurm/array_0.txt').read_text().splitlines()
  assert names == ['seed=0', 'seed=1', 'seed=2']
  assert told[0].startswith('3 tasks are submitted as job 7')


def test_a_second_array_leaves_the_first_its_trials(asked, monkeypatch):
  monkeypatch.setattr(slurm, 'sbatch', lambda words: '7')
  monkeypatch.setattr(slurm.shutil, 'which', lambda name: name)
  slurm.submit(asked, '', ['main.py'], lambda _: None)
  asked.folder.fail(asked.trials[0], 'pretended')
  slurm.submit(asked, '', ['main.py'], lambda _: None)
  kept = [(asked.folder.path / f'slurm/array_{k}.txt').read_text().split() for k in range(2)]
  assert kept == [['seed=0', 'seed=1', 'seed=2'], ['seed=1', 'seed=2']]
  assert slurm.tasks(asked.folder) == kept[1]
  assert 'array_0.txt' in (asked.folder.path / 'slurm/array_0.sh').read_text()


def test_more_trials_than_an_array_may_have_are_several_arrays(asked, monkeypatch):
  calls, numbers, told = [], iter('789'), []
  monkeypatch.setattr(slurm, 'sbatch', lambda words: (calls.append(words), next(numbers))[1])
  monkeypatch.setattr(slurm, 'most_tasks', lambda: 2)
  monkeypatch.setattr(slurm.shutil, 'which', lambda name: name)
  slurm.submit(asked, '', ['main.py'], told.append)
  names = [(asked.folder.path / f'slurm/array_{k}.txt').read_text().split() for k in range(2)]
  assert names == [['seed=0', 'seed=1'], ['seed=2']]
  scripts = [(asked.folder.path / f'slurm/array_{k}.sh').read_text() for k in range(2)]
  assert ['--array=0-1\n' in scripts[0], '--array=0-0\n' in scripts[1]] == [True, True]
  assert calls[2][0] == '--dependency=afterany:7:8'
  assert told[0].startswith('3 tasks are submitted as jobs 7, 8;')


def test_an_array_that_is_refused_leaves_no_list(asked, monkeypatch):
  def sbatch(words):
    if words[1].endswith('array_1.sh'):
      raise errors.UserError('sbatch: no more jobs')
    return '7'

  monkeypatch.setattr(slurm, 'sbatch', sbatch)
  monkeypatch.setattr(slurm, 'most_tasks', lambda: 2)
  monkeypatch.setattr(slurm.shutil, 'which', lambda name: name)
  with pytest.raises(errors.UserError, match=r'no more jobs \(submitted: 7\)'):
    slurm.submit(asked, '', ['main.py'], lambda _: None)
  assert [file.name for file in slurm._arrays(asked.folder)] == ['array_0.txt']


def test_how_large_an_array_may_be_is_asked(cluster, monkeypatch):
  assert slurm.most_tasks() == 1001
  monkeypatch.setenv('PATH', str(cluster))
  assert slurm.most_tasks() > 10**9


def test_only_printing_writes_nothing(asked, cluster):
  told = []
  slurm.submit(asked, '', ['main.py'], told.append, only_print=True)
  assert told[0].startswith('#!/bin/bash')
  assert not asked.folder.path.exists()


def test_a_command_again_is_without_what_submits_it():
  words = ['main.py', '--slurm', '--time=1:00', '--config=x', '--task=results', '--slurm=--a --b', '--print']
  assert slurm.again(words).endswith('main.py --config=x')


def test_a_search_submits_one_array_after_another(cluster, monkeypatch):
  pytest.importorskip('optuna')
  sweep, arrays = Sweep(), []
  sweep.loguniform('penalty.r1', 0.1, 10)
  sweep.seeds(2)
  sweep.score('energy_distance')
  sweep.budget(trials=10)
  sweep.search('tpe', at_once=2)
  found, planner = Folder(cluster / 'sweep', 'energy_distance'), plan.Planner(RING, SMALL)
  look = lambda: whole.Asked(sweep, planner, found, search.known(sweep, planner, found))
  monkeypatch.setattr(slurm, 'sbatch', lambda words: arrays.append(words) or '7')
  monkeypatch.setattr(whole, 'summarise', lambda *_: None)
  slurm.submit(look(), '--time=1:00', ['main.py'])
  assert '--task=results --slurm=--time=1:00' in arrays[1][-1]
  with pytest.raises(errors.UserError, match='no task of the last array has ended'):
    slurm.task(look(), slurm.RESULTS, options='--time=1:00', words=['main.py'])
  made = []
  while len(arrays) // 2 > len(made):
    made.append(slurm.tasks(found))
    for trial in look().trials:
      found.fail(trial, 'pretended')
    slurm.task(look(), slurm.RESULTS, options='--time=1:00', words=['main.py'])
  assert [len(names) for names in made] == [4, 4, 2]
  assert len({name for names in made for name in names}) == 10


def test_without_slurm_it_is_said(asked, monkeypatch):
  monkeypatch.setenv('PATH', '')
  with pytest.raises(errors.UserError, match='there is no sbatch here'):
    slurm.submit(asked, '', ['main.py'])
